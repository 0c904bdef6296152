"""Which attributes the contexts have had that this process answered, kept for whoever writes a rule about one."""

from collections import defaultdict
from collections.abc import Mapping
from typing import Any

MOST = 500  # names per environment; a caller that invents names is not remembered without end
LONGEST = 100


class SeenAttributes:
    """Noted while answering, at the cost of a comparison; taken away by the follower, which stores what is new."""

    def __init__(self) -> None:
        self._known: dict[str, set[str]] = defaultdict(set)
        self._fresh: dict[str, set[str]] = defaultdict(set)

    def note(self, environment_id: str, attributes: Mapping[str, Any]) -> None:
        known = self._known[environment_id]
        if attributes.keys() <= known or len(known) >= MOST:
            return
        fresh = {name for name in attributes.keys() - known if 0 < len(name) <= LONGEST}
        known.update(attributes)
        self._fresh[environment_id].update(fresh)

    def take(self) -> dict[str, set[str]]:
        """The names that are new since the last call, by environment."""
        fresh, self._fresh = self._fresh, defaultdict(set)
        return {environment_id: names for environment_id, names in fresh.items() if names}
