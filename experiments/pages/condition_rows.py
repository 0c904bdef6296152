"""The conditions of a metric's filter as rows that people type: an attribute, a comparison, and what is compared with.

What reads as a number, true or false is meant as such; in quotes it is text, and so is everything else.
"""

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest
from typing import Any

from django.http import QueryDict

from accounts.forms import sentences_about
from experiments.metrics.filters import KNOWN, LISTED, TEXTUAL
from flags.rule_form import MISSING
from flags.rule_form import OPERATORS as FLAGS_OPERATORS

EMPTY_ROWS = 1
NOTHING: Mapping[str, Sequence[str]] = {}
_WORDS = {**FLAGS_OPERATORS, "between": "is between two (comma between)"}
OPERATORS = {name: _WORDS[name] for name in (*KNOWN, MISSING)}
_PARTS = re.compile(r'\s*("(?:[^"\\]|\\.)*"|[^,]+)\s*(?:,|$)')


@dataclass(frozen=True, slots=True)
class ConditionRow:
    """One condition as it is shown, with what is wrong with it."""

    attribute: str = ""
    operator: str = "eq"
    value: str = ""
    errors: Sequence[str] = ()


def rows_of(conditions: Sequence[Mapping[str, Any]]) -> list[ConditionRow]:
    """What is stored, with an empty row to type into."""
    return [*(_row(each) for each in conditions), *[ConditionRow()] * EMPTY_ROWS]


def rows_typed(given: QueryDict, name: str, fields: Mapping[str, Sequence[str]] = NOTHING) -> list[ConditionRow]:
    """What was typed, with what a refusal says about it."""
    rows = [
        ConditionRow(attribute, operator, value, sentences_about(fields, f"{name}.{at}"))
        for at, (attribute, operator, value) in enumerate(_typed(given, name))
    ]
    return [*rows, *[ConditionRow()] * EMPTY_ROWS]


def conditions_typed(given: QueryDict, name: str) -> list[dict[str, Any]]:
    """The conditions as the service takes them."""
    return [_condition(*row) for row in _typed(given, name)]


def written(value: Any) -> str:
    """A value such that reading it gives it back."""
    if isinstance(value, list):
        return ", ".join(written(part) for part in value)
    if not isinstance(value, str):
        return json.dumps(value)
    is_plain = read(value) == value and "," not in value and '"' not in value and value == value.strip() != ""
    return value if is_plain else json.dumps(value, ensure_ascii=False)


def read(typed: str) -> Any:
    try:
        value = json.loads(typed)
    except (ValueError, RecursionError):
        return typed
    return value if isinstance(value, str | bool | int | float) else typed


def _typed(given: QueryDict, name: str) -> list[tuple[str, str, str]]:
    parts = [[each.strip() for each in given.getlist(f"{name}_{part}")] for part in ("attribute", "operator", "value")]
    rows = zip_longest(*parts, fillvalue="")  # what is empty may be left out of an address
    return [(attribute, operator, value) for attribute, operator, value in rows if attribute or value]


def _row(condition: Mapping[str, Any]) -> ConditionRow:
    if condition["operator"] == "exists":
        return ConditionRow(condition["attribute"], "exists" if condition["value"] else MISSING)
    return ConditionRow(condition["attribute"], condition["operator"], written(condition["value"]))


def _condition(attribute: str, operator: str, value: str) -> dict[str, Any]:
    if operator in ("exists", MISSING):
        return {"attribute": attribute, "operator": "exists", "value": operator == "exists"}
    parts = [read(part) for part in map(str.strip, _PARTS.findall(value)) if part]
    if operator in (*LISTED, "between"):
        return {"attribute": attribute, "operator": operator, "value": parts}
    is_list = operator in TEXTUAL and len(parts) > 1
    return {"attribute": attribute, "operator": operator, "value": parts if is_list else read(value)}
