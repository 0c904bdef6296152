"""What the caller knows about the subject of an evaluation."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

_NOTHING: Mapping[str, Any] = {}


class Context:
    """A targeting key (the id that is bucketed, or None), attributes, read in place and never changed, and the time.

    `now` is an aware datetime; without it no condition on time holds, because the engine has no clock.
    Raises ValueError when the key is not text that UTF-8 can carry (a lone surrogate).
    """

    __slots__ = ("attributes", "key", "key_bytes", "now")

    def __init__(
        self, key: str | None = None, attributes: Mapping[str, Any] | None = None, now: datetime | None = None
    ) -> None:
        self.key = key
        self.key_bytes = None if key is None else key.encode()
        self.attributes = _NOTHING if attributes is None else attributes
        self.now = now
