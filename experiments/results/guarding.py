"""Whether a guardrail metric is harmed or shown to be unharmed, by the method that everything else is judged by."""

from dataclasses import replace
from typing import Any

from experiments.results.findings import Finding
from experiments.results.methods import Judging
from experiments.results.pairs import Pair
from experiments.stats.always_valid import always_valid
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.estimates import Estimate, difference
from experiments.stats.guardrails import judge_guardrail
from experiments.stats.inference import inside


def guarded(pair: Pair, finding: Finding, margin: float | None, judging: Judging) -> dict[str, Any]:
    """`margin` is a share of control's value. Without one, harm is any change for the worse, and nothing shows safety.

    A fixed horizon is judged by one-sided tests at alpha; the other methods by their own interval, which may be looked
    at as often as they allow.
    """
    absolute = (margin or 0.0) * abs(pair.control.mean)
    shown = {"margin": margin, "is_harmed": None, "is_unharmed": None, "p_value": None}
    if judging.plan.method == "fixed" and absolute > 0:
        return {**shown, **_tested(pair, absolute, judging)}
    if finding.interval is None:
        return shown
    ends = sorted(judging.better * end for end in (finding.interval.low, finding.interval.high))
    unharmed = ends[0] > -absolute if absolute > 0 else None
    found = {"is_harmed": ends[1] < -absolute, "is_unharmed": unharmed}
    return {**shown, **found, "p_value": _running_p(pair, absolute, judging)}


def _tested(pair: Pair, margin: float, judging: Judging) -> dict[str, Any]:
    try:
        estimate = difference(pair.control, pair.treatment)
        found = judge_guardrail(estimate, margin=margin, lower_is_better=judging.better < 0, alpha=judging.plan.alpha)
    except (NotEnoughData, InvalidData):
        return {}
    return {
        "is_harmed": found.verdict == "harmed",
        "is_unharmed": found.verdict == "holds",
        "p_value": found.p_value,
    }


def _running_p(pair: Pair, margin: float, judging: Judging) -> float | None:
    """Of data this good if the metric had suffered by the whole margin, at any look."""
    if judging.plan.method != "sequential" or margin <= 0:
        return None
    try:
        estimate = difference(pair.control, pair.treatment)
        above = judging.better * estimate.value + margin
        moved = replace(estimate, value=above)
        return _one_sided(moved, pair, judging)
    except (NotEnoughData, InvalidData):
        return None


def _one_sided(moved: Estimate, pair: Pair, judging: Judging) -> float:
    if moved.value <= 0:
        return inside(1.0)
    return always_valid(
        moved, pair.progress, planned_units=judging.planned_units, confidence=judging.confidence
    ).p_value
