"""An experiment's sums as one statement of SQL, for events that lie in a team's own warehouse.

Compiled, not run: how the numbers come back is the warehouse's affair. Values are centred as in our own engines. Caps
and quantiles take several passes; they are left out.
"""

from dataclasses import dataclass, replace

import ibis

from experiments.analysis.centring import sums_by
from experiments.analysis.dialects import DIALECTS, Dialect, Expression
from experiments.analysis.measuring import measured
from experiments.analysis.questions import Question
from experiments.analysis.schema import Table, typed_columns_of
from experiments.analysis.summing import totals_by_unit
from experiments.analysis.unit_rows import Events, first_rows


@dataclass(frozen=True, slots=True)
class Tables:
    """What the team's tables are called; their columns are those of `schema.py`."""

    exposures: str = "exposures"
    metric_events: str = "metric_events"


@dataclass(frozen=True, slots=True)
class _Paper:
    """Writes down what an engine would do. One statement keeps nothing, so units go by their key."""

    dialect: Dialect

    def numbered(self, units: Expression) -> Expression:
        return units.mutate(unit=units.user_key)


def statement_of(question: Question, *, dialect: str, tables: Tables) -> str:
    """By variant (its place) and day (since 1970): n, the centre of each column, and its sums of deviations.

    Columns are numbered as the metrics are, and quantiles have none: `metric_0_y` is the first one's value, `d` its
    denominator, `x` and `e` their pasts.
    """
    question = replace(question, metrics=tuple(metric for metric in question.metrics if metric.kind != "quantile"))
    paper = _Paper(DIALECTS[dialect])
    exposures = _table(tables.exposures, Table.EXPOSURES)
    metrics = _table(tables.metric_events, Table.METRICS) if question.metrics else None
    totals = totals_by_unit(first_rows(paper, question, Events(exposures, metrics)), question)
    wanted = {each.metric.key: tuple(column.name for column in each.columns) for each in measured(question)}
    sums = sums_by(totals.filter(totals.variant >= 0), ("variant", "day"), wanted)
    return str(ibis.to_sql(sums, dialect=dialect))


def _table(name: str, kind: str) -> Expression:
    """`a.b.c` is the table c of the schema b in the catalog a."""
    *place, last = name.split(".")
    database, catalog = [*reversed(place), None, None][:2]
    return ibis.table(typed_columns_of(kind), name=last, catalog=catalog, database=database)
