"""What the caller knows about the subject of an evaluation."""

from collections.abc import Mapping
from typing import Any

_NOTHING: Mapping[str, Any] = {}


class Context:
    """A targeting key (the id that is bucketed, or None) and attributes, read in place and never changed.

    Raises ValueError when the key is not text that UTF-8 can carry (a lone surrogate).
    """

    __slots__ = ("attributes", "key", "key_bytes")

    def __init__(self, key: str | None = None, attributes: Mapping[str, Any] = _NOTHING) -> None:
        self.key = key
        self.key_bytes = None if key is None else key.encode()
        self.attributes = attributes
