"""What is told of one metric in one treatment: the difference, the lift, and a single p-value for both."""

from dataclasses import dataclass

from experiments.stats.arms import Arm
from experiments.stats.errors import NotEnoughData
from experiments.stats.estimates import Estimate, difference
from experiments.stats.inference import Interval, interval, p_value
from experiments.stats.lift import Lift, lift
from experiments.stats.proportions import Conversions, exact_p_value, is_sparse, rate_of, score_estimate, score_interval


@dataclass(frozen=True, slots=True)
class Comparison:
    """`lift` is None where control's mean cannot be told from zero, and where conversions are too few for one."""

    estimate: Estimate
    interval: Interval
    p_value: float
    lift: Lift | None


def compare(control: Arm, treatment: Arm, confidence: float = 0.95) -> Comparison:
    """Two averages, looked at once. The p-value is that of the absolute difference. Raises NotEnoughData."""
    apart = difference(control, treatment)
    return Comparison(apart, interval(apart, confidence), p_value(apart), _lift(control, treatment, confidence))


def compare_conversions(control: Conversions, treatment: Conversions, confidence: float = 0.95) -> Comparison:
    """Two conversion rates, looked at once: as averages, or by exact test and score interval for a cell below five."""
    if not is_sparse(control, treatment):
        return compare(rate_of(control), rate_of(treatment), confidence)
    p = exact_p_value(control, treatment)
    return Comparison(score_estimate(control, treatment), score_interval(control, treatment, confidence), p, None)


def _lift(control: Arm, treatment: Arm, confidence: float) -> Lift | None:
    try:
        return lift(control, treatment, confidence)
    except NotEnoughData:
        return None
