"""What a client answers: the engine's outcome, or the caller's default with the reason why."""

import copy
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from flagkit.engine import Context, ErrorCode, Outcome, Reason, Ruleset

_BUCKET = "{bucket}"


class ClientError(StrEnum):
    """OpenFeature's error codes beyond those of the engine."""

    PROVIDER_NOT_READY = "PROVIDER_NOT_READY"
    TYPE_MISMATCH = "TYPE_MISMATCH"
    INVALID_CONTEXT = "INVALID_CONTEXT"


class Kind(StrEnum):
    """The type that a caller expects of a value."""

    BOOLEAN = "boolean"
    STRING = "string"
    NUMBER = "number"
    OBJECT = "object"


_FITS: dict[Kind, Callable[[Any], bool]] = {
    Kind.BOOLEAN: lambda value: isinstance(value, bool),
    Kind.STRING: lambda value: isinstance(value, str),
    Kind.NUMBER: lambda value: isinstance(value, (int, float)) and not isinstance(value, bool),
    Kind.OBJECT: lambda value: isinstance(value, (dict, list)),
}


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`value` is the variant's, or the caller's default where `variant` is None. `detail` is a sentence for people.

    `enabled` is the value itself for boolean flags, else whether the flag is on for this subject. `rule` is the id of
    the rule that decided, or the key of the `experiment` that did, `revision` that of the configuration that answered.
    """

    key: str
    value: Any
    variant: str | None
    enabled: bool
    reason: Reason
    detail: str = ""
    error: ErrorCode | ClientError | None = None
    rule: str | None = None
    experiment: str | None = None
    revision: int | None = None


def answer(ruleset: Ruleset, key: str, context: Context, default: Any, kind: Kind | None, revision: int) -> Evaluation:
    """The flag's answer; the default where it has none, or one of another kind."""
    found = ruleset.evaluate(key, context)
    value = default if found.variant is None else found.value
    if found.variant is not None and kind is not None and not _FITS[kind](value):
        detail = f"flag {key} has a value of type {type(value).__name__}, not {kind}"
        return failed(key, default, ClientError.TYPE_MISMATCH, detail, revision)
    if value is found.value and isinstance(value, (dict, list)):
        value = copy.deepcopy(value)
    return Evaluation(
        key,
        value,
        found.variant,
        found.enabled,
        found.reason,
        _detail(found, ruleset, context),
        found.error,
        found.rule,
        found.experiment,
        revision,
    )


def overridden(key: str, value: Any, default: Any, kind: Kind | None) -> Evaluation:
    """The answer of a flag whose value was set by hand."""
    if kind is not None and not _FITS[kind](value):
        detail = f"flag {key} was overridden with a value of type {type(value).__name__}, not {kind}"
        return failed(key, default, ClientError.TYPE_MISMATCH, detail, None)
    enabled = value if isinstance(value, bool) else True
    return Evaluation(key, copy.deepcopy(value), "override", enabled, Reason.STATIC, f"flag {key} is overridden")


def failed(key: str, default: Any, error: ErrorCode | ClientError, detail: str, revision: int | None) -> Evaluation:
    """The caller's default, and why."""
    return Evaluation(key, default, None, False, Reason.ERROR, detail, error, revision=revision)


def _detail(outcome: Outcome, ruleset: Ruleset, context: Context) -> str:
    if _BUCKET not in outcome.detail:
        return outcome.detail
    return outcome.detail.replace(_BUCKET, str(ruleset.bucket(outcome.flag, context) or 0))
