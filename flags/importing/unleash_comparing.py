"""Whether a constraint of Unleash holds, by Unleash's own rules: the other reading that an import is checked against.

Nothing here goes through the engine's conditions, which `unleash_constraints.py` makes of the same constraints.
"""

import math
import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from ipaddress import ip_address, ip_network
from typing import Any

from flagkit.engine import BrokenDocument
from flagkit.engine.patterns import searcher

Given = Mapping[str, str]
Constraint = Mapping[str, Any]
_VERSION = re.compile(r"(\d+)\.(\d+)\.(\d+)(?:-([0-9A-Za-z.-]+))?(?:\+[0-9A-Za-z.-]+)?")


def holds(constraint: Constraint, given: Given, now: datetime) -> bool:
    """What cannot be read in the constraint itself makes it false; in the context, it does not match."""
    operator = str(constraint["operator"])
    if operator not in _OPERATORS:
        return False
    read, test = _OPERATORS[operator]
    try:
        wanted = read(constraint)
    except ValueError:
        return False
    name = constraint["contextName"]
    actual = given.get(name, now.isoformat() if name == "currentTime" else None)
    return _matches(test, actual, wanted) != (bool(constraint.get("inverted")) != (operator == "NOT_IN"))


def within(address: str | None, networks: list[str]) -> bool:
    """Whether the address lies in one of these, each an address or a network; what is neither is left out."""
    return _matches(_in_networks, address, networks)


def _matches(test: Callable[[str, Any], bool], actual: str | None, wanted: Any) -> bool:
    try:
        return actual is not None and test(actual, wanted)
    except ValueError:
        return False


def _listed(constraint: Constraint) -> list[str]:
    return list(constraint.get("values") or ())


def _folded(test: Callable[[str, str], bool]) -> tuple[Callable[[Constraint], Any], Callable[[str, Any], bool]]:
    """A test of text against any of the values, in which case may not matter."""

    def read(constraint: Constraint) -> tuple[list[str], bool]:
        return _listed(constraint), bool(constraint.get("caseInsensitive"))

    def any_of(actual: str, wanted: tuple[list[str], bool]) -> bool:
        values, fold = wanted
        return any(test(actual.lower(), value.lower()) if fold else test(actual, value) for value in values)

    return read, any_of


def _number(text: object) -> float:
    number = float(str(text))
    if not math.isfinite(number):
        raise ValueError("not finite")
    return number


def _instant(text: object) -> datetime:
    instant = datetime.fromisoformat(str(text))
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _version(text: object) -> tuple[Any, ...]:
    """What versions compare by: a release stands after all that lead up to it, numbers stand before words."""
    found = _VERSION.fullmatch(str(text))
    if found is None:
        raise ValueError(f"{text} is no version")
    major, minor, patch, early = found.groups()
    parts = [(not part.isdigit(), int(part) if part.isdigit() else part) for part in early.split(".")] if early else []
    return int(major), int(minor), int(patch), not early, parts


def _pattern(constraint: Constraint) -> Callable[[str], Any]:
    try:
        return searcher(constraint.get("value"), ignore_case=bool(constraint.get("caseInsensitive")))
    except BrokenDocument as error:
        raise ValueError(str(error)) from error


def _in_networks(actual: str, wanted: list[str]) -> bool:
    address = ip_address(actual)
    return any(address in network for network in map(_network, wanted) if network is not None)


def _network(text: str) -> Any:
    try:
        return ip_network(text, strict=False)
    except ValueError:
        return None


def _compared(kind: str, read: Callable[[object], Any], names: str) -> dict[str, Any]:
    """The operators of one kind of value, which compare what is read from either side."""
    tests: dict[str, Callable[[Any, Any], bool]] = {
        "EQ": lambda one, other: one == other,
        "GT": lambda one, other: one > other,
        "GTE": lambda one, other: one >= other,
        "LT": lambda one, other: one < other,
        "LTE": lambda one, other: one <= other,
    }
    tests |= {"AFTER": tests["GT"], "BEFORE": tests["LT"]}

    def operator(name: str) -> tuple[Callable[[Constraint], Any], Callable[[str, Any], bool]]:
        return lambda constraint: read(constraint.get("value")), lambda actual, wanted: tests[name](
            read(actual), wanted
        )

    return {f"{kind}_{name}": operator(name) for name in names.split()}


_ANY_OF = (_listed, lambda actual, wanted: actual in wanted)
_OPERATORS: dict[str, tuple[Callable[[Constraint], Any], Callable[[str, Any], bool]]] = {
    "IN": _ANY_OF,
    "NOT_IN": _ANY_OF,
    "STR_STARTS_WITH": _folded(str.startswith),
    "STR_ENDS_WITH": _folded(str.endswith),
    "STR_CONTAINS": _folded(str.__contains__),
    "REGEX": (_pattern, lambda actual, search: bool(search(actual))),
    "IN_CIDR": (_listed, _in_networks),
    **_compared("NUM", _number, "EQ GT GTE LT LTE"),
    **_compared("SEMVER", _version, "EQ GT GTE LT LTE"),
    **_compared("DATE", _instant, "AFTER BEFORE"),
}
