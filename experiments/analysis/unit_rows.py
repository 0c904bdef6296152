"""One row per unit, as long as it may still grow: when it was first exposed, to what, and what is kept of its events.

Rows that know some days grow by the events of later days into what all days together would have given.
"""

from dataclasses import dataclass
from typing import Protocol

from experiments.analysis.attribution import exposures_that_count, merged_units, units_of
from experiments.analysis.dialects import Dialect, Expression
from experiments.analysis.engines import Engine
from experiments.analysis.measuring import added, events_that_may_count, kept_names, kept_of
from experiments.analysis.questions import Question


class Numbering(Protocol):
    """An engine, or what only writes down what an engine would do."""

    @property
    def dialect(self) -> Dialect: ...

    def numbered(self, units: Expression) -> Expression:
        """The units with a column `unit`, by which they are joined more cheaply than by their key."""


@dataclass(frozen=True, slots=True)
class Events:
    """What there is to be read: tables of a store. Without `metrics` nothing is kept of them.

    `earlier_metrics` are those of days that are known already, for the pasts of units that were not exposed in them.
    They `are_in_time` when all were stored in the time that the question knows of.
    """

    exposures: Expression
    metrics: Expression | None = None
    earlier_metrics: Expression | None = None
    are_in_time: bool = False


def first_rows(engine: Numbering, question: Question, events: Events) -> Expression:
    """From the events of all days that matter, of units that are set aside as well.

    To leave those out here would have engines expect few units, and join the wrong way round.
    """
    units = _units(engine, question, events)
    if events.metrics is None:
        return units
    units = engine.numbered(units)
    joined = _joined(_may_count(engine, question, events, events.metrics), units)
    kept = joined.group_by("unit").agg(**kept_of(joined, question))
    return units.left_join(kept, "unit").select(*units.drop("unit").columns, *kept_names(question))


def grown_rows(engine: Engine, question: Question, known: Expression, events: Events) -> Expression:
    """From rows that know the days before, and the events of the days since."""
    passed_on = kept_names(question) if events.metrics is not None else ()
    units = merged_units(known, _units(engine, question, events), question, passed_on=passed_on)
    if events.metrics is None or events.earlier_metrics is None:
        return units.drop("is_known")
    units = engine.numbered(units)
    # kept, so that engines know how few they are and join the many events to them
    fresh = engine.keep(units.filter(~units.is_known))
    since = _may_count(engine, question, events, events.metrics)
    before = _may_count(engine, question, events, events.earlier_metrics)
    joined = _joined(since, units).union(_joined(before, fresh))
    kept = joined.group_by("unit").agg(**kept_of(joined, question))
    kept = kept.rename({f"new_{name}": name for name in kept_names(question)})
    rows = units.left_join(kept, "unit")
    return rows.select(*units.drop("unit", "is_known", *passed_on).columns, **added(rows, question))


def _units(engine: Numbering, question: Question, events: Events) -> Expression:
    counting = exposures_that_count(events.exposures, question, engine.dialect, are_in_time=events.are_in_time)
    return units_of(counting, question)


def _may_count(engine: Numbering, question: Question, events: Events, metrics: Expression) -> Expression:
    return events_that_may_count(metrics, question, engine.dialect, are_in_time=events.are_in_time)


def _joined(events: Expression, units: Expression) -> Expression:
    beside = units.select("user_key", "unit", "first_at")
    return events.inner_join(beside, "user_key").drop("user_key")
