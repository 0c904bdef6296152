"""Who is asked about, at a door: the engine's context, with a clock that is looked at only where a rule asks for it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flagkit.engine import Context


class Asked(Context):
    """The time is that of the first look at it, for the whole question; `looked` tells whether there was one."""

    __slots__ = ("_now",)

    def __init__(self, key: str | None, attributes: Mapping[str, Any]) -> None:
        self.key = key
        self.key_bytes = None if key is None else key.encode()
        self.attributes = attributes
        self._now: datetime | None = None

    @property
    def now(self) -> datetime:  # type: ignore[override]
        if self._now is None:
            self._now = datetime.now(UTC)
        return self._now

    @property
    def looked(self) -> bool:
        return self._now is not None
