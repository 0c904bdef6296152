"""Whether a guardrail metric is harmed or shown to be unharmed, by the method that everything else is judged by."""

from dataclasses import replace
from typing import Any

from experiments.results.findings import Finding
from experiments.results.methods import Judging
from experiments.results.pairs import Pair
from experiments.stats.always_valid import always_valid
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.estimates import Estimate
from experiments.stats.guardrails import beyond_margin, judge_guardrail
from experiments.stats.inference import Interval, inside


def guarded(pair: Pair, finding: Finding, margin: float | None, judging: Judging) -> dict[str, Any]:
    """`margin` is a share of control's value. Without one, harm is any change for the worse, and nothing shows safety.

    A fixed horizon is judged by one-sided tests at alpha; the other methods by their own interval of the lift, which
    may be looked at as often as they allow.
    """
    shown = {"margin": margin, "is_harmed": None, "is_unharmed": None, "p_value": None}
    if not margin:
        return {**shown, "is_harmed": None if finding.interval is None else _ends(finding.interval, judging)[1] < 0}
    if judging.plan.method == "fixed":
        return {**shown, **_tested(pair, margin, judging)}
    if finding.lift is None:
        return shown
    worst, best = _ends(finding.lift.interval, judging)
    found = {"is_harmed": best < -margin, "is_unharmed": worst > -margin}
    return {**shown, **found, "p_value": _running_p(pair, margin, judging)}


def _ends(interval: Interval, judging: Judging) -> list[float]:
    """The worse end first, and below zero where it is worse than control."""
    return sorted(judging.better * end for end in (interval.low, interval.high))


def _tested(pair: Pair, margin: float, judging: Judging) -> dict[str, Any]:
    try:
        found = judge_guardrail(
            _beyond(pair, margin, judging), lower_is_better=judging.better < 0, alpha=judging.plan.alpha
        )
    except (NotEnoughData, InvalidData):
        return {}
    return {
        "is_harmed": found.verdict == "harmed",
        "is_unharmed": found.verdict == "holds",
        "p_value": found.p_value,
    }


def _running_p(pair: Pair, margin: float, judging: Judging) -> float | None:
    """Of data this good if the metric had suffered by the whole margin, at any look."""
    if judging.plan.method != "sequential":
        return None
    try:
        beyond = _beyond(pair, margin, judging)
        return _one_sided(replace(beyond, value=judging.better * beyond.value), pair, judging)
    except (NotEnoughData, InvalidData):
        return None


def _beyond(pair: Pair, margin: float, judging: Judging) -> Estimate:
    return beyond_margin(pair.control, pair.treatment, margin=margin, lower_is_better=judging.better < 0)


def _one_sided(moved: Estimate, pair: Pair, judging: Judging) -> float:
    if moved.value <= 0:
        return inside(1.0)
    return always_valid(
        moved, pair.progress, planned_units=judging.planned_units, confidence=judging.confidence
    ).p_value
