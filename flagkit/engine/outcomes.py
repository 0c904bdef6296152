"""The outcomes that one flag can have, each built once and shared by all answers."""

from collections.abc import Iterable, Mapping
from sys import intern
from typing import Any, NamedTuple

from flagkit.engine.documents import BrokenDocument, mapping, sequence, shown, text
from flagkit.engine.outcome import ErrorCode, Outcome, Reason

_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "string": (str,),
    "number": (int, float),
    "object": (dict, list),
}


class Decider(NamedTuple):
    """Which part of a flag an outcome comes from: a rule, an experiment, or neither."""

    rule: str | None = None
    experiment: str | None = None


NEITHER = Decider()


class Outcomes:
    """The variants of a flag, and the outcomes made of them so far.

    Given the outcomes that were made for the same document before, the same ones are handed out again.
    """

    __slots__ = ("_boolean", "_known", "_off", "_values", "flag")

    def __init__(self, document: Mapping[str, Any], known: Iterable[Outcome] = ()) -> None:
        self.flag = text(document, "key")
        self._boolean = document["type"] == "boolean"
        self._values = _values(document)
        self._off: str | None = document["off_variant"]
        self._known = {_identity(outcome): outcome for outcome in known}

    def all(self) -> tuple[Outcome, ...]:
        return tuple(self._known.values())

    def serving(self, variant: object, reason: Reason, detail: str, by: Decider = NEITHER) -> Outcome:
        """The answer with this variant. Raises BrokenDocument where the flag has no such variant."""
        value = self.value(variant)
        return self._made(value, str(variant), value if self._boolean else True, reason, detail, None, by)

    def off(self, reason: Reason, detail: str, by: Decider = NEITHER, error: ErrorCode | None = None) -> Outcome:
        """The answer with the off variant, or with the caller's default where there is none."""
        value = None if self._off is None else self.value(self._off)
        return self._made(value, self._off, False, reason, detail, error, by)

    def error(self, detail: str, code: ErrorCode) -> Outcome:
        """The answer with the caller's default."""
        return self._made(None, None, False, Reason.ERROR, detail, code, NEITHER)

    def value(self, variant: object) -> Any:
        if not isinstance(variant, str) or variant not in self._values:
            raise BrokenDocument(f"variant {variant} does not exist; the flag has {', '.join(self._values)}")
        return self._values[variant]

    def _made(
        self,
        value: Any,
        variant: str | None,
        enabled: bool,
        reason: Reason,
        detail: str,
        error: ErrorCode | None,
        by: Decider,
    ) -> Outcome:
        made = Outcome(self.flag, value, variant, enabled, reason, intern(detail), error, by.rule, by.experiment)
        return self._known.setdefault(_identity(made), made)


def _identity(outcome: Outcome) -> tuple[Any, ...]:
    by = outcome.rule, outcome.experiment
    return outcome.variant, outcome.enabled, outcome.reason, outcome.detail, outcome.error, by


def _values(document: Mapping[str, Any]) -> dict[str, Any]:
    """Variant values by key, each of the flag's type."""
    kind = document["type"]
    if kind not in _TYPES:
        raise BrokenDocument(f"type {shown(kind)} is not one of {', '.join(_TYPES)}")
    values: dict[str, Any] = {}
    for variant in sequence(document, "variants"):
        key, value = text(mapping(variant, "a variant"), "key"), variant["value"]
        if not isinstance(value, _TYPES[kind]) or (kind == "number" and isinstance(value, bool)):
            raise BrokenDocument(f"the value of variant {key} is not of type {kind}")
        if key in values:
            raise BrokenDocument(f"variant {key} is there twice")
        values[intern(key)] = value
    if not values:
        raise BrokenDocument("a flag needs at least one variant")
    return values
