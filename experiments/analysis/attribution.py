"""Which unit saw which variant first, and when: exposures in any order become one row per unit."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import ibis

from experiments.analysis.attributes import Attribute
from experiments.analysis.dialects import Dialect, Expression
from experiments.analysis.questions import Question

MICROSECOND = timedelta(microseconds=1)
DAY = timedelta(days=1) // MICROSECOND
_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_DIGITS = 20  # of an instant, so that texts sort as numbers do


def micros_of(instant: datetime) -> int:
    return (instant - _EPOCH) // MICROSECOND


def dimension_columns(question: Question) -> tuple[str, ...]:
    return tuple(f"dimension_{place}" for place in range(len(question.dimensions)))


def exposures_that_count(
    table: Expression, question: Question, dialect: Dialect, *, are_in_time: bool = False
) -> Expression:
    """One row each: user_key, at (in microseconds), variant (its place in the question), and dimensions.

    Where all `are_in_time`, nobody has to look when they were stored.
    """
    of_experiment = table.experiment == question.experiment
    if question.flag is not None:
        of_experiment = of_experiment | (table.flag == question.flag)
    at = dialect.micros(table.at)
    counting = table.filter(
        table.environment_id == str(question.environment_id),
        of_experiment,
        table.variant.isin(question.variants),
        at >= micros_of(question.begun_at),
        at < micros_of(question.ended_at),
        are_in_time or is_in_time(table, question, dialect),
    )
    places = [(counting.variant == variant, place) for place, variant in enumerate(question.variants)]
    read = {
        "user_key": counting.user_key,
        "at": dialect.micros(counting.at),
        "variant": ibis.cases(*places).cast("int16"),
    }
    if question.dimensions:
        read["event_id"] = counting.event_id
    for column, name in zip(dimension_columns(question), question.dimensions, strict=True):
        read[column] = _as_text(Attribute(counting.attributes, name, dialect))
    return counting.select(**read)


def is_in_time(table: Expression, question: Question, dialect: Dialect) -> Expression:
    return dialect.micros(table.received_at) <= micros_of(question.received_until)


def units_of(counting: Expression, question: Question) -> Expression:
    """One row per unit: user_key, first_at, lowest and highest variant, exposures, and the first one's dimensions.

    A unit whose lowest and highest variants differ saw two. Of exposures at the same instant the one with the smallest
    id is the first.
    """
    found = {
        "first_at": counting["at"].min(),
        "lowest": counting.variant.min(),
        "highest": counting.variant.max(),
        "exposures": counting.count(),
    }
    if question.dimensions:
        order = counting["at"].cast("string").lpad(_DIGITS, "0") + counting.event_id
        found["first"] = order.min()
        found |= {column: counting[column].argmin(order) for column in dimension_columns(question)}
    return counting.group_by("user_key").agg(**found)


def merged_units(known: Expression, new: Expression, question: Question, *, passed_on: Sequence[str]) -> Expression:
    """What is known of days before and of days after, in one row per unit.

    `passed_on` are columns that only what is known has. `is_known` says who was exposed before.
    """
    new = new.rename({f"new_{name}": name for name in new.columns})
    rows = known.outer_join(new, known.user_key == new.new_user_key)
    found = {
        "user_key": rows.user_key.fill_null(rows.new_user_key),
        "first_at": _least(rows.first_at, rows.new_first_at),
        "lowest": _least(rows.lowest, rows.new_lowest),
        "highest": ibis.greatest(rows.highest.fill_null(rows.new_highest), rows.new_highest.fill_null(rows.highest)),
        "exposures": rows.exposures.fill_null(0) + rows.new_exposures.fill_null(0),
    }
    if question.dimensions:
        is_known = rows["first"].notnull() & (rows.new_first.isnull() | (rows["first"] <= rows.new_first))
        names = ("first", *dimension_columns(question))
        found |= {name: is_known.ifelse(rows[name], rows[f"new_{name}"]) for name in names}
    return rows.select(**found, **{name: rows[name] for name in passed_on}, is_known=rows.user_key.notnull())


def _least(one: Expression, other: Expression) -> Expression:
    return ibis.least(one.fill_null(other), other.fill_null(one))


def _as_text(attribute: Attribute) -> Expression:
    """Text as it stands, numbers and booleans as JSON writes them (1.0 as 1), and nothing for anything else."""
    text = attribute.text
    number = text.endswith(".0").ifelse(text.substr(0, text.length() - 2), text)
    return ibis.cases(
        (attribute.is_text | attribute.is_boolean, text), (attribute.is_number, number), else_=""
    ).fill_null("")
