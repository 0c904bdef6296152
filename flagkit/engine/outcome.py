"""What an evaluation can answer. Every possible outcome of a flag is built once at load and shared by all answers."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any


class Reason(StrEnum):
    """OpenFeature's reasons, as far as the engine gives them."""

    STATIC = "STATIC"
    DEFAULT = "DEFAULT"
    TARGETING_MATCH = "TARGETING_MATCH"
    SPLIT = "SPLIT"
    DISABLED = "DISABLED"
    ERROR = "ERROR"


class ErrorCode(StrEnum):
    """OpenFeature's error codes, as far as the engine gives them."""

    FLAG_NOT_FOUND = "FLAG_NOT_FOUND"
    PARSE_ERROR = "PARSE_ERROR"
    TARGETING_KEY_MISSING = "TARGETING_KEY_MISSING"
    GENERAL = "GENERAL"


@dataclass(frozen=True, slots=True)
class Outcome:
    """An answer: the value and its variant (None: the caller's default applies), why, and a sentence for people.

    `enabled` is the value itself for boolean flags, else whether the flag is on. `detail` may contain `{bucket}`, which
    stands for the subject's bucket.
    """

    flag: str
    value: Any
    variant: str | None
    enabled: bool
    reason: Reason
    detail: str
    error: ErrorCode | None = None
