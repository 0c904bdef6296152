"""What each operator of a condition means: from the condition's document to a test of one value.

A test is asked only when the attribute is there; what it gets is that attribute and the context's `now`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flagkit.engine import calendar_times, dates, networks, patterns, scalars, versions
from flagkit.engine.documents import BrokenDocument, flag_of, shown
from flagkit.engine.scalars import Test, listed

_KINDS: dict[str, Callable[[Any], bool]] = {
    "boolean": lambda value: isinstance(value, bool),
    "string": lambda value: isinstance(value, str),
    "number": scalars.is_number,
    "array": lambda value: isinstance(value, (list, tuple)),
    "object": lambda value: isinstance(value, Mapping),
}


def _before(document: Mapping[str, Any]) -> Test:
    limit = dates.wanted_instant(document.get("value"))
    return lambda value, _: (found := dates.instant(value)) is not None and found < limit


def _after(document: Mapping[str, Any]) -> Test:
    limit = dates.wanted_instant(document.get("value"))
    return lambda value, _: (found := dates.instant(value)) is not None and found > limit


def _older(document: Mapping[str, Any]) -> Test:
    age = dates.wanted_duration(document.get("value"))
    return lambda value, now: now is not None and (at := dates.instant(value)) is not None and now - at > age


def _newer(document: Mapping[str, Any]) -> Test:
    age = dates.wanted_duration(document.get("value"))
    return lambda value, now: now is not None and (at := dates.instant(value)) is not None and now - at <= age


def _version(compare: Callable[[versions.Version, versions.Version], bool]) -> Callable[[Mapping[str, Any]], Test]:
    def factory(document: Mapping[str, Any]) -> Test:
        wanted = versions.wanted_version(document.get("value"))
        return lambda value, _: (found := versions.version(value)) is not None and compare(found, wanted)

    return factory


def _version_range(document: Mapping[str, Any]) -> Test:
    inside = versions.version_range(document.get("value"))
    return lambda value, _: (found := versions.version(value)) is not None and inside(found)


def _matches(document: Mapping[str, Any]) -> Test:
    search = patterns.searcher(document.get("value"), ignore_case=flag_of(document, "ignore_case"))

    def test(value: Any, _: datetime | None) -> bool:
        try:
            return isinstance(value, str) and search(value) is not None
        except UnicodeError:  # a lone surrogate, which no pattern can mean
            return False

    return test


def _in_network(document: Mapping[str, Any]) -> Test:
    inside = networks.contains(listed(document))
    return lambda value, _: inside(value)


def _is_type(document: Mapping[str, Any]) -> Test:
    names = listed(document)
    unknown = [name for name in names if name not in _KINDS]
    if unknown:
        raise BrokenDocument(f"{shown(unknown[0])} is not a type: name {', '.join(_KINDS)}")
    kinds = [_KINDS[name] for name in names]
    return lambda value, _: any(is_kind(value) for is_kind in kinds)


def _any_of(document: Mapping[str, Any]) -> Test:
    """A list with at least one of the wanted values in it."""
    element = scalars.among(document)
    return lambda value, now: isinstance(value, (list, tuple)) and any(element(each, now) for each in value)


def _all_of(document: Mapping[str, Any]) -> Test:
    """A list with each of the wanted values in it."""
    elements = [scalars.among({**document, "value": wanted}) for wanted in listed(document)]

    def test(value: Any, now: datetime | None) -> bool:
        return isinstance(value, (list, tuple)) and all(any(is_it(each, now) for each in value) for is_it in elements)

    return test


def _size(document: Mapping[str, Any]) -> Test:
    """A list of so many elements: a number, or `[least, most]`."""
    wanted = document.get("value")
    low, high = scalars.pair(document) if isinstance(wanted, (list, tuple)) else (scalars.number(wanted),) * 2
    return lambda value, _: isinstance(value, (list, tuple)) and low <= len(value) <= high


def _weekday(document: Mapping[str, Any]) -> Test:
    falls = calendar_times.on_weekday(listed(document), document.get("time_zone"))
    return lambda value, _: (at := dates.instant(value)) is not None and falls(at)


def _time_between(document: Mapping[str, Any]) -> Test:
    falls = calendar_times.in_window(listed(document), document.get("time_zone"))
    return lambda value, _: (at := dates.instant(value)) is not None and falls(at)


OPERATORS: dict[str, Callable[[Mapping[str, Any]], Test]] = {
    "eq": scalars.among,
    "neq": scalars.not_among,
    "in": scalars.among,
    "not_in": scalars.not_among,
    "contains": scalars.containing,
    "starts_with": scalars.starting,
    "ends_with": scalars.ending,
    "gt": scalars.greater,
    "gte": scalars.greater_or_equal,
    "lt": scalars.less,
    "lte": scalars.less_or_equal,
    "between": scalars.between,
    "modulo": scalars.modulo,
    "before": _before,
    "after": _after,
    "older_than": _older,
    "newer_than": _newer,
    "semver_eq": _version(lambda found, wanted: found == wanted),
    "semver_gt": _version(lambda found, wanted: found > wanted),
    "semver_gte": _version(lambda found, wanted: found >= wanted),
    "semver_lt": _version(lambda found, wanted: found < wanted),
    "semver_lte": _version(lambda found, wanted: found <= wanted),
    "semver_range": _version_range,
    "matches": _matches,
    "in_cidr": _in_network,
    "is_type": _is_type,
    "any_of": _any_of,
    "all_of": _all_of,
    "size": _size,
    "weekday": _weekday,
    "time_between": _time_between,
}
ALIASES = {"notIn": "not_in"}  # as the seeds write it
ABOUT_AGE = frozenset({"older_than", "newer_than"})  # these compare with now
ABOUT_NOW = frozenset({"weekday", "time_between"})  # without an attribute they ask about now
"""Operators that may go without an attribute."""
