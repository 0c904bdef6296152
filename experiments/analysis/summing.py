"""An experiment's sums, from the events of a store: what every result is computed from."""

from collections.abc import Mapping
from datetime import UTC, timedelta

import ibis

from experiments.analysis.attribution import DAY, dimension_columns
from experiments.analysis.capping import Caps, caps_of
from experiments.analysis.centring import Columns, Group, Summed, summed_by
from experiments.analysis.dialects import Expression
from experiments.analysis.dimensions import summed_by_value
from experiments.analysis.engines import Engine, engine_on
from experiments.analysis.measuring import Measured, measured, totals_of, widest
from experiments.analysis.questions import Question
from experiments.analysis.spread import quantiles_of
from experiments.analysis.stores import Days, Reading
from experiments.analysis.sums import Cell, MetricSums, Sums
from experiments.analysis.times import EPOCH
from experiments.analysis.unit_rows import Events, first_rows
from experiments.stats.moments import Moments

Cells = Mapping[Cell, Summed]
ByValue = Mapping[str, Mapping[str, Cells]]  # by dimension and value


def sum_up(question: Question, reading: Reading) -> Sums:
    """Read everything that the question is about."""
    with engine_on(reading.connection) as engine:
        events = events_of(question, reading)
        rows = first_rows(engine, question, events)
        return sums_of(engine, question, rows, events, digest=digest_of(question, reading))


def events_of(question: Question, reading: Reading) -> Events:
    environment_id = question.environment_id
    exposures = reading.exposures(environment_id, exposure_days(question))
    if not question.metrics:
        return Events(exposures)
    return Events(exposures, reading.metric_events(environment_id, metric_days(question)))


def exposure_days(question: Question) -> Days:
    return question.begun_at.astimezone(UTC).date(), question.ended_at.astimezone(UTC).date()


def metric_days(question: Question) -> Days:
    before, after = widest(question)
    return (question.begun_at - before).astimezone(UTC).date(), (question.ended_at + after).astimezone(UTC).date()


def digest_of(question: Question, reading: Reading) -> str:
    """Of all events of these days, whatever they are about."""
    first = min(exposure_days(question)[0], metric_days(question)[0])
    last = max(exposure_days(question)[1], metric_days(question)[1])
    return reading.digest(question.environment_id, (first, last), question.received_until)


def sums_of(engine: Engine, question: Question, rows: Expression, events: Events, *, digest: str) -> Sums:
    """From a row per unit that knows all days."""
    metrics = measured(question)
    totals = engine.keep(totals_by_unit(rows, question))
    read = totals.agg(
        exposures=totals.exposures.sum(),
        events=totals.events.sum(where=totals.variant >= 0),
        set_aside=(totals.variant < 0).sum(),
    )
    counts = read.to_pyarrow().to_pylist()[0]
    caps = caps_of(engine, totals, metrics)
    alone = caps.applied_to(totals.filter(totals.variant >= 0))
    wanted = _wanted(metrics, caps)
    cells = _cells(question, summed_by(alone, ("variant", "day"), wanted))
    by_value: ByValue = {
        name: {value: _cells(question, groups) for value, groups in summed_by_value(alone, column, wanted).items()}
        for name, column in zip(question.dimensions, dimension_columns(question), strict=True)
    }
    found = {each.metric.key: _metric_sums(each, caps, cells, by_value) for each in metrics}
    for metric in question.metrics:
        if metric.kind == "quantile" and events.metrics is not None:
            found[metric.key] = quantiles_of(engine, question, metric, alone, events.metrics)
    return Sums(
        units=_units(cells),
        set_aside=int(counts["set_aside"] or 0),
        metrics={metric.key: found[metric.key] for metric in question.metrics},
        exposures=int(counts["exposures"] or 0),
        metric_events=int(counts["events"] or 0),
        digest=digest,
        units_by_dimension={
            name: {value: _units(groups) for value, groups in values.items()} for name, values in by_value.items()
        },
    )


def totals_by_unit(rows: Expression, question: Question) -> Expression:
    """What is summed: a row per unit, with a variant below 0 where it was set aside."""
    read = {
        "variant": (rows.lowest == rows.highest).ifelse(rows.lowest, -1).cast("int16"),
        "day": (rows.first_at - rows.first_at % DAY) // DAY,  # exact where the engine divides as floats
        "exposures": rows.exposures,
        "events": rows.events.fill_null(0) if question.metrics else ibis.literal(0),
    }
    if any(metric.kind == "quantile" for metric in question.metrics):
        read |= {"user_key": rows.user_key, "first_at": rows.first_at}
    dimensions = {column: rows[column] for column in dimension_columns(question)}
    return rows.select(**read, **dimensions, **totals_of(rows, question))


def _wanted(metrics: tuple[Measured, ...], caps: Caps) -> dict[str, Columns]:
    """Which moments each metric needs: as its values are, and as they are when they are cut."""
    plain = {f"{each.metric.key} uncut": tuple(column.name for column in each.columns) for each in metrics}
    return {each.metric.key: caps.columns_of(each) for each in metrics} | {
        name: columns for (name, columns), each in zip(plain.items(), metrics, strict=True) if caps.cuts(each)
    }


def _metric_sums(
    metric: Measured,
    caps: Caps,
    cells: Cells,
    by_value: ByValue,
) -> MetricSums:
    key = metric.metric.key
    return MetricSums(
        by_cell=_moments(key, cells),
        uncapped=_moments(f"{key} uncut", cells) if caps.cuts(metric) else {},
        cap=caps.by_metric.get(key),
        by_dimension={
            name: {value: _moments(key, groups) for value, groups in values.items()}
            for name, values in by_value.items()
        },
    )


def _cells(question: Question, groups: Mapping[Group, Summed]) -> Cells:
    return {_cell(question, group): summed for group, summed in groups.items()}


def _cell(question: Question, group: Group) -> Cell:
    place, day = (int(str(each)) for each in group)
    return Cell(question.variants[place], EPOCH + timedelta(days=day))


def _units(cells: Cells) -> dict[Cell, int]:
    return {cell: summed.n for cell, summed in cells.items()}


def _moments(name: str, cells: Cells) -> dict[Cell, Moments]:
    return {cell: summed.moments[name] for cell, summed in cells.items()}
