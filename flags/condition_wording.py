"""A condition in words for people: `country is one of US, CA and plan is pro`."""

import json
from collections.abc import Mapping
from typing import Any

from flagkit.engine.operators import ALIASES
from flagkit.engine.scalars import listed

Condition = Mapping[str, Any]

MOST_SHOWN = 8  # values of one condition
_BARE = ("true", "false", "null")
_SUBJECTS = {"targeting_key": "the user id", "now": "the time"}

# What holds, and what holds when it is negated; {} stands for the wanted values.
_PHRASES: dict[str, tuple[str, str]] = {
    "eq": ("is {}", "is not {}"),
    "neq": ("is other than {}", "is {}"),
    "in": ("is one of {}", "is none of {}"),
    "not_in": ("is other than {}", "is one of {}"),
    "contains": ("contains {}", "does not contain {}"),
    "starts_with": ("starts with {}", "does not start with {}"),
    "ends_with": ("ends with {}", "does not end with {}"),
    "gt": ("is more than {}", "is not more than {}"),
    "gte": ("is at least {}", "is not at least {}"),
    "lt": ("is less than {}", "is not less than {}"),
    "lte": ("is at most {}", "is not at most {}"),
    "between": ("is between {} and {}", "is not between {} and {}"),
    "modulo": ("divided by {} leaves {}", "divided by {} does not leave {}"),
    "before": ("is before {}", "is not before {}"),
    "after": ("is after {}", "is not after {}"),
    "older_than": ("is longer ago than {}", "is not longer ago than {}"),
    "newer_than": ("is at most {} ago", "is not at most {} ago"),
    "semver_eq": ("is version {}", "is not version {}"),
    "semver_gt": ("is a version above {}", "is not a version above {}"),
    "semver_gte": ("is version {} or above", "is not version {} or above"),
    "semver_lt": ("is a version below {}", "is not a version below {}"),
    "semver_lte": ("is version {} or below", "is not version {} or below"),
    "semver_range": ("is a version within {}", "is not a version within {}"),
    "matches": ("matches the pattern {}", "does not match the pattern {}"),
    "in_cidr": ("is in the network {}", "is not in the network {}"),
    "is_type": ("is of type {}", "is not of type {}"),
    "any_of": ("has one of {}", "has none of {}"),
    "all_of": ("has all of {}", "has not all of {}"),
    "size": ("has this many elements: {}", "has not this many elements: {}"),
    "weekday": ("falls on {}", "does not fall on {}"),
    "time_between": ("is between {} and {}", "is not between {} and {}"),
}


def condition_words(condition: Condition) -> str:
    """The condition with all that is nested in it; `everyone` where nothing has to hold."""
    return _told(condition, inside=False)


def test_words(test: Condition) -> str:
    """One condition about one attribute: `plan is not pro (or missing)`."""
    named: str = test["operator"]
    operator = ALIASES.get(named, named)
    negated = bool(test.get("negate"))
    if operator == "in_audience":
        keys = values_words(listed(test), between=" or ")
        return f"the user is{' not' if negated else ''} in audience {keys}"
    subject = _subject(test)
    if operator == "exists":
        return f"{subject} is {'there' if bool(test.get('value', True)) != negated else 'missing'}"
    said = f"{subject} {_phrase(operator, test, negated)}{_particulars(test)}"
    return f"{said} (or missing)" if negated else said


def value_words(value: Any) -> str:
    """A value as people write it; text that could be taken for something else stands in quotes."""
    if isinstance(value, str):
        return value if _is_plain(value) else f"“{value}”"
    return json.dumps(value, ensure_ascii=False, default=str)


def values_words(values: tuple[Any, ...], *, between: str = ", ") -> str:
    """The first values, and how many more there are."""
    told = between.join(value_words(value) for value in values[:MOST_SHOWN])
    more = len(values) - MOST_SHOWN
    return f"{told} and {more:,} more" if more > 0 else told


def _told(condition: Condition, *, inside: bool) -> str:
    """The words, in brackets where they are `inside` of others and could be taken apart."""
    if "operator" in condition:
        return test_words(condition)
    kind = next(iter(condition), "all")
    parts = [condition["not"]] if kind == "not" else condition.get(kind, ())
    if not parts:
        return "nobody" if kind == "any" else "everyone"
    told = f" {'and' if kind == 'all' else 'or'} ".join(_told(part, inside=len(parts) > 1) for part in parts)
    if kind in ("none", "not"):
        return f"not ({told})"
    return f"({told})" if inside and len(parts) > 1 else told


def _subject(test: Condition) -> str:
    name = test.get("attribute") or "now"
    return _SUBJECTS.get(name, name)


def _phrase(operator: str, test: Condition, negated: bool) -> str:
    values = listed(test)
    if operator in ("eq", "neq") and len(values) > 1:
        operator = "in" if operator == "eq" else "not_in"
    phrase = _PHRASES.get(operator, (f"{operator} {{}}", f"not {operator} {{}}"))[negated]
    if phrase.count("{}") == 2:
        pair = [value_words(value) for value in values[:2]]
        return phrase.format(*pair, *["?"] * (2 - len(pair)))
    return phrase.format(values_words(values))


def _particulars(test: Condition) -> str:
    told = "".join(
        [
            " (in any case)" if test.get("ignore_case") else "",
            f" (read as {test['cast']})" if test.get("cast") else "",
        ]
    )
    return f"{told} in {test['time_zone']}" if test.get("time_zone") else told


def _is_plain(text: str) -> bool:
    return text.isprintable() and bool(text) and not set(text) & set(" ,()“”") and not _is_json(text)


def _is_json(text: str) -> bool:
    """Whether the text would be read as a number, true, false or null."""
    try:
        float(text)
    except ValueError:
        return text in _BARE
    return True
