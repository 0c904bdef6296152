"""How far two variants are apart, as parts of a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any

from experiments.results.asked import AskedMetric, AskedPlan
from experiments.results.figures import amount, percent

Entry = Mapping[str, Any]


def apart(entry: Entry, metric: AskedMetric, plan: AskedPlan) -> str:
    """`conversion is 4.2 % higher (95 % interval 1.1 % to 7.4 %)`, without a lift in the metric's own unit."""
    lift = entry["lift"]
    if lift:
        told = f"{percent(abs(lift['value']))} {_way(lift['value'])}"
        return f"{metric.called} is {told} ({interval_words(lift['interval'], plan)})"
    difference, interval = entry["difference"], entry["interval"]
    told = f"{metric.called} is {_way(difference)} by {own_unit(abs(difference), metric)}"
    return f"{told} ({named(plan)} {_span(interval, metric)})"


def truth(entry: Entry, metric: AskedMetric, plan: AskedPlan, where: str = "") -> str:
    """`conversion is 1.2 % higher, and the truth may lie between −3 % and 5.4 %`"""
    lift = entry["lift"]
    if lift:
        ends = " and ".join(percent(end, signed=True) for end in lift["interval"])
        told = f"{metric.called}{where} is {percent(abs(lift['value']))} {_way(lift['value'])}"
    else:
        ends = _span(entry["interval"], metric, between=" and ")
        told = f"{metric.called}{where} is {_way(entry['difference'])} by {own_unit(abs(entry['difference']), metric)}"
    return f"{told}, and the truth may lie between {ends} ({named(plan)})"


def own_unit(value: float, metric: AskedMetric) -> str:
    """A difference as it stands: `0.3 points` of a rate are 0.3 of 100."""
    return f"{amount(value * 100)} points" if metric.is_binary else amount(value)


def _span(interval: Sequence[float], metric: AskedMetric, between: str = " to ") -> str:
    factor, unit = (100, " points") if metric.is_binary else (1, "")
    return between.join(amount(end * factor) for end in interval) + unit


def interval_words(interval: Sequence[float], plan: AskedPlan) -> str:
    """`95 % interval 1.1 % to 7.4 %`"""
    return f"{named(plan)} {percent(interval[0])} to {percent(interval[1])}"


def named(plan: AskedPlan) -> str:
    """`95 % interval`; what is believed of a Bayesian one is not what is promised of the others."""
    word = "credible interval" if plan.method == "bayesian" else "interval"
    return f"{plan.confidence * 100:g} % {word}"


def _way(value: float) -> str:
    return "lower" if value < 0 else "higher"
