"""What is kept of a unit's metric events: a few numbers per metric, which add up over days and become totals.

An event counts as value at [first exposure + delay, first exposure + window), and as past at
[first exposure - lookback, first exposure).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Literal

import ibis

from experiments.analysis.attribution import MICROSECOND, is_in_time
from experiments.analysis.dialects import Dialect, Expression
from experiments.analysis.filters import meets
from experiments.analysis.questions import Condition, MetricQuestion, Part, Question

Kept = Literal["sum", "count", "values", "max", "min"]
_KEPT: dict[str, tuple[Kept, ...]] = {
    "sum": ("sum",),
    "count": ("count",),
    "max": ("max",),
    "min": ("min",),
    "mean": ("sum", "values"),
    "any": ("count",),
}


Taken = tuple[str, tuple[Condition, ...]]  # a name and a filter


@dataclass(frozen=True, slots=True)
class Column:
    """One number per unit: which events make it, from when to when around the first exposure, and how."""

    name: str
    part: Part
    how: str  # an aggregation, or "any" for whether there was one
    begins: int  # microseconds after the first exposure
    ends: int

    def kept(self) -> Iterator[tuple[str, Kept]]:
        for each in _KEPT[self.how]:
            yield f"{self.name}_{each}", each


@dataclass(frozen=True, slots=True)
class Measured:
    """A metric and its columns: value and past, or numerator, denominator and their pasts."""

    metric: MetricQuestion
    columns: tuple[Column, ...]


def measured(question: Question) -> tuple[Measured, ...]:
    """The columns of all metrics but quantiles, which have no total per unit."""
    return tuple(
        Measured(metric, tuple(_columns_of(metric, f"metric_{place}")))
        for place, metric in enumerate(question.metrics)
        if metric.kind != "quantile"
    )


def widest(question: Question) -> tuple[timedelta, timedelta]:
    """How far before and after a first exposure events are looked at."""
    before = max((metric.lookback for metric in question.metrics), default=timedelta(0))
    return before, max((metric.window for metric in question.metrics), default=timedelta(0))


def events_that_may_count(
    table: Expression, question: Question, dialect: Dialect, *, are_in_time: bool = False
) -> Expression:
    """One row each: user_key, at (in microseconds), value, and whether it is one that a part asks for.

    Instants are compared where a unit's are known: an engine that joins first has fewer of them to read.
    """
    taken = _taken(question)
    names = sorted({name for name, _ in taken})
    found = table.filter(
        table.environment_id == str(question.environment_id),
        table.name.isin(names),
        are_in_time or is_in_time(table, question, dialect),
    )
    read = {"user_key": found.user_key, "at": dialect.micros(found["at"]), "value": found.value}
    for place, each in enumerate(taken):
        read[f"taken_{place}"] = _asked(found, each, dialect, is_only_name=len(names) == 1)
    return found.select(**read)


def taken_column(question: Question, part: Part) -> str:
    """Which column of `events_that_may_count` says that this part asks for an event."""
    return f"taken_{_taken(question).index((part.event, part.filter))}"


def kept_names(question: Question) -> tuple[str, ...]:
    return ("events", *(name for name, _ in _kept(question)))


def kept_of(joined: Expression, question: Question) -> dict[str, Expression]:
    """What to keep of the events of a unit, by name, where `joined` has events beside their unit's `first_at`."""
    since = joined["at"] - joined.first_at
    before, after = widest(question)
    inside = (since >= -(before // MICROSECOND)) & (since < after // MICROSECOND)
    kept = {"events": joined.count(where=inside)}
    for column in (column for each in measured(question) for column in each.columns):
        counts = joined[taken_column(question, column.part)] & (since >= column.begins) & (since < column.ends)
        kept |= {name: _reduced(joined, each, counts) for name, each in column.kept()}
    return kept


def added(rows: Expression, question: Question) -> dict[str, Expression]:
    """What was known and what is new, side by side, become one."""
    together = {"events": rows.events.fill_null(0) + rows.new_events.fill_null(0)}
    return together | {name: _added(rows[name], rows[f"new_{name}"], each) for name, each in _kept(question)}


def totals_of(rows: Expression, question: Question) -> dict[str, Expression]:
    """The number of each column, by name; of a unit without events it is 0."""
    return {column.name: _total(rows, column).cast("float64") for each in measured(question) for column in each.columns}


def _columns_of(metric: MetricQuestion, name: str) -> Iterator[Column]:
    value = (metric.delay // MICROSECOND, metric.window // MICROSECOND)
    past = (-(metric.lookback // MICROSECOND), 0)
    for letters, span in (("yd", value), ("xe", past)):
        if span[0] < span[1]:
            yield Column(f"{name}_{letters[0]}", metric.numerator, _how(metric, metric.numerator), *span)
        if span[0] < span[1] and metric.denominator is not None:
            yield Column(f"{name}_{letters[1]}", metric.denominator, metric.denominator.aggregation, *span)


def _how(metric: MetricQuestion, part: Part) -> str:
    if metric.kind in ("binomial", "retention"):
        return "any"
    return "count" if metric.kind == "count" else part.aggregation


def _taken(question: Question) -> list[Taken]:
    """Which events are asked for, each kind of them once, in order."""
    parts = [part for metric in question.metrics for part in (metric.numerator, metric.denominator) if part]
    asked = [(part.event, part.filter) for part in parts]
    return [each for place, each in enumerate(asked) if each not in asked[:place]]


def _asked(events: Expression, taken: Taken, dialect: Dialect, *, is_only_name: bool) -> Expression:
    name, conditions = taken
    met = meets(events, conditions, dialect)
    return met if is_only_name else (events.name == name) & met


def _kept(question: Question) -> Iterator[tuple[str, Kept]]:
    for each in measured(question):
        for column in each.columns:
            yield from column.kept()


def _added(known: Expression, new: Expression, kept: Kept) -> Expression:
    if kept == "max":
        return ibis.greatest(known.fill_null(new), new.fill_null(known))
    if kept == "min":
        return ibis.least(known.fill_null(new), new.fill_null(known))
    return known.fill_null(0) + new.fill_null(0)


def _reduced(joined: Expression, kept: Kept, counts: Expression) -> Expression:
    if kept == "count":
        return joined.count(where=counts)
    if kept == "values":
        return joined.value.count(where=counts)
    return getattr(joined.value, kept)(where=counts)


def _total(rows: Expression, column: Column) -> Expression:
    kept = {each: rows[name].fill_null(0) for name, each in column.kept()}
    if column.how == "any":
        return kept["count"] > 0
    if column.how == "mean":
        return (kept["values"] > 0).ifelse(kept["sum"] / kept["values"].nullif(0), 0.0)
    return kept[_KEPT[column.how][0]]
