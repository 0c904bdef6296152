"""A metric's definition, and how an experiment is judged, in words for people."""

from collections.abc import Sequence
from typing import Any

from experiments.metrics.filters import VALUE
from experiments.metrics.queries import StandingPlan
from experiments.models import AnalysisPlan, Metric
from experiments.models.metrics import DAY
from flags.condition_wording import test_words

_MADE_OF = {
    "sum": "the sum of the values of {}",
    "count": "the number of {}",
    "max": "the largest value of {}",
    "min": "the smallest value of {}",
    "mean": "the mean of the values of {}",
}
_Kind = Metric.Kind


def definition_words(metric: Metric) -> str:
    """`Per user, the sum of the values of “order_paid” events in the 7 days after the first exposure.`"""
    told = f"{_what(metric)} {_when(metric)}."
    cap = f" Totals above those of {metric.cap * 100:g} % of users are cut." if metric.cap else ""
    return told[0].upper() + told[1:] + cap


def filter_words(conditions: Sequence[dict[str, Any]]) -> str:
    """` whose country is DE and whose value is at least 10`, nothing where there is no condition."""
    told = [test_words({**each, "attribute": _subject(each["attribute"])}) for each in conditions]
    return " and".join(f" whose {words}" for words in told)


def hours_words(hours: int) -> str:
    """`7 days`, `36 hours`."""
    count, unit = (hours // DAY, "day") if hours and hours % DAY == 0 else (hours, "hour")
    return f"{count:,} {unit}{'' if count == 1 else 's'}"


def plan_words(plan: StandingPlan) -> str:
    """`Always valid: may be looked at at any time. 95 % confidence, Holm correction, …`"""
    method = AnalysisPlan.Method(plan.method).label
    correction = AnalysisPlan.Correction(plan.correction).label
    told = [f"{plan.confidence * 100:g} % confidence"]
    told.append("no correction" if plan.correction == AnalysisPlan.Correction.NONE else f"{correction} correction")
    if plan.uses_past:
        told.append("what users did before is taken out")
    if plan.planned_units:
        told.append(f"until {plan.planned_units:,} users took part")
    if plan.planned_days:
        told.append(f"for {plan.planned_days:,} days")
    return f"{method}. {', '.join(told)}."


def _what(metric: Metric) -> str:
    events = _events(metric.event, metric.filter)
    if metric.kind in (_Kind.BINOMIAL, _Kind.RETENTION):
        return f"the share of users with one or more {events}"
    if metric.kind == _Kind.QUANTILE:
        return f"the value that {(metric.quantile or 0) * 100:g} % of {events} stay below,"
    numerator = _MADE_OF[metric.aggregation].format(events)
    if metric.kind != _Kind.RATIO:
        return f"per user, {numerator}"
    below = _events(metric.denominator_event, metric.denominator_filter)
    return f"{numerator}, divided by {_MADE_OF[metric.denominator_aggregation].format(below)},"


def _when(metric: Metric) -> str:
    until = hours_words(metric.window_hours)
    if metric.kind == _Kind.RETENTION:
        return f"between {hours_words(metric.delay_hours)} and {until} after the first exposure"
    return f"in the {until.removeprefix('1 ')} after the first exposure"


def _events(name: str, conditions: Sequence[dict[str, Any]]) -> str:
    return f"“{name}” events{filter_words(conditions)}"


def _subject(attribute: str) -> str:
    return "value" if attribute == VALUE else attribute
