"""What an evaluation can answer. Every possible outcome of a flag is built once at load and shared by all answers."""

from dataclasses import dataclass, field
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


@dataclass(slots=True)
class Outcome:
    """An answer: the value and its variant (None: the caller's default applies), why, and a sentence for people.

    `enabled` is the value itself for boolean flags, else whether the flag is on for this subject. `detail` may contain
    `{bucket}`, which stands for the subject's bucket. `rule` is the id of the rule that decided; where an experiment
    did, both `rule` and `experiment` are its key. Nothing of it may be changed but `count`, the number of evaluations
    that it answered, and `fragment`, where its JSON is kept once it was written; neither is part of what it says.
    """

    flag: str
    value: Any
    variant: str | None
    enabled: bool
    reason: Reason
    detail: str
    error: ErrorCode | None = None
    rule: str | None = None
    experiment: str | None = None
    count: int = field(default=0, compare=False, repr=False)
    fragment: bytes | None = field(default=None, compare=False, repr=False)


def unknown(key: str) -> Outcome:
    """The answer for a key that names no flag here."""
    return Outcome(key, None, None, False, Reason.ERROR, f"flag {key} does not exist here", ErrorCode.FLAG_NOT_FOUND)


def broken(key: str, why: str) -> Outcome:
    """The answer of a flag whose document cannot be evaluated."""
    return Outcome(key, None, None, False, Reason.ERROR, f"flag {key} is broken: {why}", ErrorCode.PARSE_ERROR)


def failed(key: str, error: Exception) -> Outcome:
    """The answer where a context holds something that cannot be compared at all."""
    detail = f"flag {key} could not be evaluated for this context ({type(error).__name__})"
    return Outcome(key, None, None, False, Reason.ERROR, detail, ErrorCode.GENERAL)
