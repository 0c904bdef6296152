"""What an experiment can find with the units it has, and how many days it still needs."""

import math
from dataclasses import dataclass
from typing import Any

from experiments.results.asked import AskedMetric
from experiments.results.methods import Judging
from experiments.results.pairs import Pair
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.power import Plan, days_left, detectable_effect, power_of, units_needed

POWER = 0.8


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast units come to all variants together, and whether more will come."""

    units_per_day: float
    is_open: bool


def outlook(pair: Pair, metric: AskedMetric, judging: Judging, pace: Pace) -> dict[str, Any]:
    """`power` to find the metric's minimum effect, and `detectable_effect`, a share, that is found with chance 80 %.

    None without a minimum effect, and where control's value is zero or nothing varies.
    """
    shown: dict[str, Any] = {"power": None, "detectable_effect": None, "days_left": None}
    scale = abs(pair.control.mean)
    try:
        plan = _plan(pair, judging)
        shown["detectable_effect"] = detectable_effect(plan, units=pair.units, power=POWER) / scale
        effect = (metric.minimum_effect or 0.0) * scale
        shown["power"] = power_of(plan, units=pair.units, effect=effect)
        shown["days_left"] = _days(plan, pair, effect, pace, judging.share)
    except (NotEnoughData, InvalidData, ZeroDivisionError, OverflowError):
        return shown
    return shown


def _plan(pair: Pair, judging: Judging) -> Plan:
    return Plan(
        control_variance=pair.control.variance,
        treatment_variance=pair.treatment.variance,
        treatment_share=pair.treatment_share,
        alpha=1 - judging.confidence,
        always_valid=judging.plan.method == "sequential",
    )


def _days(plan: Plan, pair: Pair, effect: float, pace: Pace, share: float) -> int | None:
    needed = units_needed(plan, effect=effect, power=POWER)
    if not pace.is_open or not math.isfinite(pace.units_per_day):
        return None
    return days_left(needed, units=pair.units, units_per_day=pace.units_per_day * share)
