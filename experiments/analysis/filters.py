"""Which events a metric's filter takes: its conditions as one expression, meaning what rules mean by them.

`experiments/metrics/filters.py` judges filters when they are written; what comes here is right already.
"""

import json
import operator
from collections.abc import Mapping, Sequence
from functools import reduce
from typing import Any

import ibis

from experiments.analysis.attributes import Attribute
from experiments.analysis.dialects import Dialect, Expression

VALUE = "$value"
_COMPARED = {"gt": operator.gt, "gte": operator.ge, "lt": operator.lt, "lte": operator.le}


class UnknownOperator(Exception):
    """A condition with an operator that events cannot be asked by."""

    def __init__(self, name: object) -> None:
        super().__init__(f"{name!r} is not an operator of metric filters; edit the metric's filter.")


class _Value:
    """The event's own value, which is a number or missing."""

    def __init__(self, value: Expression) -> None:
        self.number = value
        self.text = value.cast("string")
        self.is_there = self.is_number = value.notnull()
        self.is_text = self.is_boolean = self.is_list = ibis.literal(False)

    def has_element(self, _: frozenset[str]) -> Expression:
        return self.is_list


Subject = Attribute | _Value


def meets(events: Expression, conditions: Sequence[Mapping[str, Any]], dialect: Dialect) -> Expression:
    """Whether a row meets all conditions."""
    return reduce(operator.and_, (_meets(events, each, dialect) for each in conditions), ibis.literal(True))


def _meets(events: Expression, condition: Mapping[str, Any], dialect: Dialect) -> Expression:
    name, asked = condition["attribute"], condition["operator"]
    subject: Subject = _Value(events.value) if name == VALUE else Attribute(events.attributes, name, dialect)
    wanted = condition.get("value", True)
    values = tuple(wanted) if isinstance(wanted, list | tuple) else (wanted,)
    if asked == "exists":
        return subject.is_there if wanted else ~subject.is_there
    if asked in ("eq", "in"):
        return _among(subject, values)
    if asked in ("neq", "not_in"):
        return subject.is_there & ~_among(subject, values)
    if asked in _COMPARED:
        return subject.is_number & _COMPARED[asked](subject.number, values[0]).fill_null(False)
    if asked == "between":
        return subject.is_number & subject.number.between(*values).fill_null(False)
    return _textual(subject, asked, values)


def _among(subject: Subject, values: Sequence[Any]) -> Expression:
    texts = [value for value in values if isinstance(value, str)]
    truths = [json.dumps(value) for value in values if isinstance(value, bool)]
    numbers = [float(value) for value in values if _is_number(value)]
    found = ibis.literal(False)
    if texts:
        found = found | (subject.is_text & subject.text.isin(texts).fill_null(False))
    if truths:
        found = found | (subject.is_boolean & subject.text.isin(truths).fill_null(False))
    if numbers:
        found = found | (subject.is_number & subject.number.isin(numbers).fill_null(False))
    return found


def _textual(subject: Subject, asked: str, values: Sequence[Any]) -> Expression:
    texts = [value for value in values if isinstance(value, str)]
    if asked == "contains":
        # among values of several types, a text is looked for as an element only
        inside = [subject.text.contains(value) for value in texts] if len(texts) == len(values) else []
        return (subject.is_text & _one_of(inside)) | subject.has_element(_as_json(values))
    if asked == "starts_with":
        return subject.is_text & _one_of([subject.text.startswith(value) for value in texts])
    if asked == "ends_with":
        return subject.is_text & _one_of([subject.text.endswith(value) for value in texts])
    raise UnknownOperator(asked)


def _one_of(conditions: list[Expression]) -> Expression:
    return reduce(operator.or_, conditions, ibis.literal(False)).fill_null(False)


def _as_json(values: Sequence[Any]) -> frozenset[str]:
    """The ways in which JSON may write these values."""
    numbers = [form for value in values if _is_number(value) for form in _forms(float(value))]
    others = [value for value in values if not _is_number(value)]
    written = [json.dumps(value, ensure_ascii=escaped) for value in others for escaped in (True, False)]
    return frozenset(written) | frozenset(numbers)


def _forms(number: float) -> list[str]:
    return [repr(number), str(int(number))] if number.is_integer() else [repr(number)]


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
