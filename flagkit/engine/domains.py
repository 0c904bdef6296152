"""What conditions that all hold leave open for one attribute, and whether that is nothing at all.

Read from documents, for people who write rules: what cannot be judged here is never said to be wrong.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from math import inf
from typing import Any

from flagkit.engine.attributes import NOW
from flagkit.engine.operators import ALIASES
from flagkit.engine.scalars import listed

Document = Mapping[str, Any]
_NEVER = "no subject can meet an empty group of any"


@dataclass(slots=True)
class Domain:
    """What an attribute may be: one of `allowed` (None: any), none of `excluded`, from `low` to `high`, there or not.

    An end of the span is (number, 0), and (number, 1) or (number, -1) where the number itself lies outside.
    """

    allowed: frozenset[Any] | None = None
    excluded: frozenset[Any] = frozenset()
    low: tuple[float, int] = (-inf, 0)
    high: tuple[float, int] = (inf, 0)
    there: set[bool] = field(default_factory=set)

    def is_empty(self) -> bool:
        left = None if self.allowed is None else {value for value in self.allowed - self.excluded if self._spans(value)}
        return len(self.there) > 1 or self.low > self.high or (left is not None and not left)

    def _spans(self, value: tuple[str, Any]) -> bool:
        unbounded = self.low == (-inf, 0) and self.high == (inf, 0)
        return unbounded or (value[0] == "number" and self.low <= (value[1], 0) <= self.high)


def conjuncts(condition: Document) -> list[Document]:
    """The conditions that all have to hold for this one; groups that are no `all` stay whole."""
    if "all" not in condition:
        return [condition]
    return [found for part in condition["all"] for found in conjuncts(part)]


def contradiction(condition: Document) -> str | None:
    """Why nobody can ever meet this condition, as a sentence; None where somebody might."""
    if "any" in condition:
        found = [contradiction(part) for part in condition["any"]]
        return None if None in found else (found[0] if found else _NEVER)
    if "all" not in condition:
        return None
    parts = conjuncts(condition)
    inner = next((why for part in parts if (why := contradiction(part))), None)
    if inner:
        return inner
    if {written(part) for part in parts} & {_turned(part) for part in parts}:
        return "a condition and its opposite are asked for at once"
    empty = sorted(name for name, domain in domains(parts).items() if domain.is_empty())
    return f"nothing that {empty[0]} could be meets all of its conditions" if empty else None


def implies(narrow: Iterable[Document], wide: Iterable[Document]) -> bool:
    """Whether whoever meets all of `narrow` surely meets all of `wide`."""
    narrow = list(narrow)
    same = {written(part) for part in narrow}
    known = domains(narrow)
    return all(written(part) in same or _covers(known, part) for part in wide)


def domains(parts: Iterable[Document]) -> dict[str, Domain]:
    """What the conditions leave open, by attribute; those that say nothing simple are passed over."""
    found: dict[str, Domain] = {}
    for part in parts:
        if "operator" not in part or part.get("ignore_case") or part.get("cast"):
            continue
        _narrow(found.setdefault(part.get("attribute", NOW), Domain()), part)
    return found


def written(condition: Document) -> str:
    """The condition as text that is the same for the same condition."""
    return json.dumps(condition, sort_keys=True, default=str)


def _narrow(domain: Domain, part: Document) -> None:
    operator = ALIASES.get(part["operator"], part["operator"])
    if operator == "exists":
        domain.there.add(bool(part.get("value", True)) != bool(part.get("negate")))
        return
    if part.get("negate"):
        domain.excluded |= _tagged(part) if operator in ("eq", "in") else frozenset()
        return
    if operator == "in_audience":
        return
    domain.there.add(True)
    wanted = part.get("value")
    match operator:
        case "eq" | "in":
            values = _tagged(part)
            domain.allowed = values if domain.allowed is None else domain.allowed & values
        case "neq" | "not_in":
            domain.excluded |= _tagged(part)
        case "gt" | "gte" | "lt" | "lte" | "between":
            low, high = _span(operator, wanted)
            domain.low, domain.high = max(domain.low, low), min(domain.high, high)


def _span(operator: str, wanted: Any) -> tuple[tuple[float, int], tuple[float, int]]:
    match operator:
        case "gt":
            return (wanted, 1), (inf, 0)
        case "gte":
            return (wanted, 0), (inf, 0)
        case "lt":
            return (-inf, 0), (wanted, -1)
        case "lte":
            return (-inf, 0), (wanted, 0)
    return (wanted[0], 0), (wanted[1], 0)


def _covers(known: Mapping[str, Domain], part: Document) -> bool:
    """Whether what is known of the attribute is enough for this condition to hold."""
    domain = known.get(part.get("attribute", NOW))
    if domain is None or "operator" not in part or any(part.get(name) for name in ("negate", "cast", "ignore_case")):
        return False
    operator = ALIASES.get(part["operator"], part["operator"])
    if operator in ("eq", "in"):
        return domain.allowed is not None and domain.allowed <= _tagged(part)
    if operator in ("gt", "gte", "lt", "lte", "between"):
        low, high = _span(operator, part.get("value"))
        bounded = domain.low > (-inf, 0) or domain.high < (inf, 0)
        return bounded and domain.low >= low and domain.high <= high
    return operator == "exists" and domain.there == {bool(part.get("value", True))}


def _tagged(part: Document) -> frozenset[Any]:
    """The wanted values with their kind, so that 1 and true are two."""
    return frozenset((_kind(value), value) for value in listed(part))


def _kind(value: object) -> str:
    return "boolean" if isinstance(value, bool) else "text" if isinstance(value, str) else "number"


def _turned(part: Document) -> str:
    """The opposite of a condition, as text."""
    if "not" in part:
        return written(part["not"])
    return written({"not": part})
