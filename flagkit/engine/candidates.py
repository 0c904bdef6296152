"""Which changes of a context could make a condition hold, or no longer hold: guesses, to be tried by who asks.

A change is `{attribute: value}`; None takes the attribute away. The fewest changes come first.
"""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from flagkit.engine import attributes
from flagkit.engine.audiences import Audience
from flagkit.engine.conditions import Condition, World
from flagkit.engine.context import Context
from flagkit.engine.dates import wanted_duration, wanted_instant
from flagkit.engine.scalars import listed

Change = Mapping[str, Any]
_MOST = 16


def changes(
    condition: Condition, wanted: bool, context: Context, world: World, audiences: Mapping[str, Audience]
) -> list[Change]:
    """Up to 16 changes after which the condition probably holds (or not); one without entries where it does already."""
    return _Search(context, world, audiences).towards(condition, wanted)[:_MOST]


class _Search:
    def __init__(self, context: Context, world: World, audiences: Mapping[str, Audience]) -> None:
        self.context = context
        self.world = world
        self.audiences = audiences
        self.depth = 0

    def towards(self, condition: Condition, wanted: bool) -> list[Change]:
        if condition.holds(self.context, self.world) == wanted:
            return [{}]
        if condition.kind == "test":
            return self._single(condition, wanted)
        inner = wanted if condition.kind in ("all", "any") else not wanted
        every = (condition.kind == "all") == wanted if condition.kind in ("all", "any") else not inner
        found = self._every(condition.parts, inner) if every else self._either(condition.parts, inner)
        return sorted(found, key=len)[:_MOST]

    def _every(self, parts: Iterable[Condition], wanted: bool) -> list[Change]:
        found: list[Change] = [{}]
        for part in parts:
            options = self.towards(part, wanted)
            merged: list[Change] = [{**one, **other} for one in found for other in options if _agree(one, other)]
            found = merged[:_MOST]
        return found

    def _either(self, parts: Iterable[Condition], wanted: bool) -> list[Change]:
        return [change for part in parts for change in self.towards(part, wanted)]

    def _single(self, condition: Condition, wanted: bool) -> list[Change]:
        document = condition.document
        positive = wanted != bool(document.get("negate"))
        if document["operator"] == "in_audience":
            return self._audience(document, positive)
        name = document.get("attribute", attributes.NOW)
        if name in (attributes.NOW, attributes.TARGETING_KEY):
            return []
        if document["operator"] == "exists":
            there = bool(document.get("value", True)) == positive
            return [{name: "something" if there else None}]
        if not positive:
            return [{name: None}]
        return [{name: value} for value in _values(document, self.context.now)]

    def _audience(self, document: Mapping[str, Any], positive: bool) -> list[Change]:
        if self.depth > 5:
            return []
        self.depth += 1
        known = [self.audiences[key] for key in listed(document) if key in self.audiences]
        rules = [rule for audience in known for rule in audience.rules]
        found = self._either(rules, True) if positive else self._every(rules, False)
        self.depth -= 1
        return found


def _agree(one: Change, other: Change) -> bool:
    return all(other[name] == value for name, value in one.items() if name in other)


def _values(document: Mapping[str, Any], now: datetime | None) -> list[Any]:
    """Values that this operator probably accepts."""
    make = _MAKERS.get(document["operator"])
    return list(make(document, now))[:_MOST] if make else []


def _version_after(document: Mapping[str, Any], _: datetime | None) -> list[str]:
    core = str(document["value"]).partition("-")[0].partition("+")[0]
    major, minor, patch = core.split(".")
    return [f"{major}.{minor}.{int(patch) + 1}"]


def _version_before(document: Mapping[str, Any], _: datetime | None) -> list[str]:
    core = str(document["value"]).partition("-")[0].partition("+")[0]
    return [f"{core}-0", "0.0.0-0"]


def _version_in_range(document: Mapping[str, Any], _: datetime | None) -> list[str]:
    words = str(document["value"]).replace("||", " ").split()
    found = []
    for word in words:
        parts = [part if part.isdigit() else "0" for part in word.lstrip("^~<>=").split("-")[0].split(".")]
        parts = [*parts, "0", "0"][:3]
        found += [".".join(parts), f"{parts[0]}.{parts[1]}.{int(parts[2]) + 1}"]
    return found


def _first(document: Mapping[str, Any], _: datetime | None) -> list[Any]:
    return list(listed(document))


def _other(document: Mapping[str, Any], _: datetime | None) -> list[Any]:
    return ["something else", "another one"]


def _number(add: float) -> Callable[[Mapping[str, Any], datetime | None], list[Any]]:
    return lambda document, _: [document["value"] + add]


def _instant(seconds: int) -> Callable[[Mapping[str, Any], datetime | None], list[Any]]:
    return lambda document, _: [(wanted_instant(document["value"]) + timedelta(seconds=seconds)).isoformat()]


def _age(seconds: int) -> Callable[[Mapping[str, Any], datetime | None], list[Any]]:
    def make(document: Mapping[str, Any], now: datetime | None) -> list[Any]:
        if now is None:
            return []
        return [(now - wanted_duration(document["value"]) + timedelta(seconds=seconds)).isoformat()]

    return make


_MAKERS: dict[str, Callable[[Mapping[str, Any], datetime | None], list[Any]]] = {
    **dict.fromkeys(("eq", "in", "contains", "starts_with", "ends_with", "gte", "lte"), _first),
    **dict.fromkeys(("between", "semver_eq", "semver_gte", "semver_lte"), _first),
    **dict.fromkeys(("neq", "not_in", "notIn"), _other),
    "gt": _number(1),
    "lt": _number(-1),
    "before": _instant(-1),
    "after": _instant(1),
    "older_than": _age(-1),
    "newer_than": _age(1),
    "semver_gt": _version_after,
    "semver_lt": _version_before,
    "semver_range": _version_in_range,
    "modulo": lambda document, _: [document["value"][1]],
    "in_cidr": lambda document, _: [str(network).partition("/")[0] for network in listed(document)],
    "any_of": lambda document, _: [[value] for value in listed(document)],
    "all_of": lambda document, _: [list(listed(document))],
    "size": lambda document, _: [[None] * int(listed(document)[0])],
    "is_type": lambda document, _: [_EXAMPLES[name] for name in listed(document)],
}
_EXAMPLES: dict[str, Any] = {"boolean": True, "string": "text", "number": 1, "array": [], "object": {}}
