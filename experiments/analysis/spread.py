"""Quantiles of single events per variant, and how sure they are where units have several events each.

Deng, Knoblich and Lu, KDD 2018, section 4: first the quantile, then by unit how many values lie at or below it, then
the two quantiles around it. Read in full each time: quantiles of days do not add up.
"""

from collections.abc import Iterator

import ibis

from experiments.analysis.attribution import MICROSECOND
from experiments.analysis.centring import summed_by
from experiments.analysis.dialects import Expression
from experiments.analysis.engines import Engine, Level
from experiments.analysis.measuring import events_that_may_count, taken_column
from experiments.analysis.questions import MetricQuestion, Question
from experiments.analysis.sums import MetricSums
from experiments.analysis.times import count_of_times, time_column
from experiments.stats.arms import Arm
from experiments.stats.errors import NotEnoughData
from experiments.stats.moments import Moments
from experiments.stats.quantiles import levels_around, quantile_arm


def quantiles_of(
    engine: Engine, question: Question, metric: MetricQuestion, units: Expression, metric_events: Expression
) -> MetricSums:
    """By variant, where there are enough values. `units` have user_key, variant, day and first_at."""
    values = engine.keep(_values(engine, question, metric, units, metric_events))
    try:
        return MetricSums(
            quantiles=dict(_arms(engine, question, metric, values)),
            quantiles_by_time=dict(_arms_by_time(engine, question, metric, values)),
        )
    finally:
        engine.forget(values)


def _values(
    engine: Engine, question: Question, metric: MetricQuestion, units: Expression, metric_events: Expression
) -> Expression:
    events = events_that_may_count(metric_events, question, engine.dialect)
    events = events.filter(events[taken_column(question, metric.numerator)], events.value.notnull())
    joined = events.inner_join(units.select("user_key", "variant", "day", "first_at"), "user_key")
    since = joined["at"] - joined.first_at
    counting = (since >= metric.delay // MICROSECOND) & (since < metric.window // MICROSECOND)
    return joined.filter(counting).select("user_key", "variant", "day", "value")


def _arms_by_time(
    engine: Engine, question: Question, metric: MetricQuestion, values: Expression
) -> Iterator[tuple[int, dict[str, Arm]]]:
    """Nothing where there is but one time."""
    for time in range(count_of_times(question.split_days)) if question.split_days else ():
        within = engine.keep(values.filter(time_column(values.day, question.split_days) == time))
        try:
            if arms := dict(_arms(engine, question, metric, within)):
                yield time, arms
        finally:
            engine.forget(within)


def _arms(engine: Engine, question: Question, metric: MetricQuestion, values: Expression) -> Iterator[tuple[str, Arm]]:
    quantile = float(metric.quantile or 0.5)
    places = [row["variant"] for row in values.select("variant").distinct().to_pyarrow().to_pylist()]
    if not places:
        return
    found = engine.quantiles(values, [Level("value", quantile, place) for place in places])
    at_quantile = dict(zip(places, found, strict=True))
    for place, moments in _below(values, at_quantile).items():
        try:
            around = levels_around(quantile, moments)
        except NotEnoughData:
            continue
        low, high = engine.quantiles(values, [Level("value", each, place) for each in (around.low, around.high)])
        yield question.variants[place], quantile_arm(moments.n, value=at_quantile[place], at_low=low, at_high=high)


def _below(values: Expression, at_quantile: dict[int, float]) -> dict[int, Moments]:
    """By variant, how many of a unit's values lie at or below the quantile, and how many it has."""
    limit = ibis.cases(*((values.variant == place, ibis.literal(limit)) for place, limit in at_quantile.items()))
    marked = values.mutate(is_below=(values.value <= limit))
    counts = marked.group_by("user_key", "variant").agg(
        below=marked.is_below.cast("int64").sum().cast("float64"), values=marked.count().cast("float64")
    )
    found = summed_by(counts, ("variant",), {"counts": ("below", "values")})
    return {int(str(place)): summed.moments["counts"] for (place,), summed in found.items()}
