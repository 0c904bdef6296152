"""Which flags programs ask for that do not exist: misspelt, archived, deleted, or not made yet."""

import threading
from collections import defaultdict
from collections.abc import Mapping

MOST = 200  # names per environment; a caller that invents names is not remembered without end
LONGEST = 100


class UnknownFlags:
    """Noted where a question ends in FLAG_NOT_FOUND; taken away by whoever stores them."""

    def __init__(self) -> None:
        self._noting = threading.Lock()  # held for two assignments, and only where there is no flag to answer
        self._fresh: dict[str, dict[str, int]] = defaultdict(dict)
        self._totals: dict[str, int] = defaultdict(int)

    def note(self, environment_id: str, key: str) -> None:
        with self._noting:
            self._totals[environment_id] += 1
            counts = self._fresh[environment_id]
            if key in counts or (len(counts) < MOST and 0 < len(key) <= LONGEST and key.isprintable()):
                counts[key] = counts.get(key, 0) + 1

    def take(self) -> Mapping[str, Mapping[str, int]]:
        """How often each name was asked for since the last call, by environment."""
        with self._noting:
            fresh, self._fresh = self._fresh, defaultdict(dict)
        return fresh

    def totals(self) -> Mapping[str, int]:
        """Questions for flags that do not exist since the process started, names that are not kept included."""
        with self._noting:
            return dict(self._totals)
