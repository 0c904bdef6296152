"""What an estimate says when it is looked at once, at an end that was fixed beforehand: p-value and interval."""

import math
import sys
from dataclasses import dataclass
from typing import Literal

from scipy import special

from experiments.stats.errors import require_finite, require_share
from experiments.stats.estimates import Estimate

Side = Literal["two-sided", "greater", "less"]


@dataclass(frozen=True, slots=True)
class Interval:
    """`low` below `high`, in the unit of what it is about; one of them is infinite where the question has one side."""

    low: float
    high: float


def p_value(estimate: Estimate, *, null: float = 0.0, side: Side = "two-sided") -> float:
    """The chance of an estimate at least as far from `null` if `null` were true: strictly between 0 and 1.

    `greater` asks whether the truth lies above `null`, `less` whether below. Tails are computed as tails, so that |t|
    = 20 is not rounded to p = 0.
    """
    require_finite(null=null)
    t = (estimate.value - null) / estimate.standard_error
    if side == "two-sided":
        return inside(2 * _below(-abs(t), estimate.degrees_of_freedom))
    return inside(_below(-t if side == "greater" else t, estimate.degrees_of_freedom))


def interval(estimate: Estimate, confidence: float = 0.95, *, side: Side = "two-sided") -> Interval:
    """What the p-value at 1 - confidence would not reject; `greater` bounds from below, `less` from above."""
    require_share(confidence=confidence)
    tail = (1 - confidence) / 2 if side == "two-sided" else 1 - confidence
    half = critical(tail, estimate.degrees_of_freedom) * estimate.standard_error
    return Interval(
        low=-math.inf if side == "less" else estimate.value - half,
        high=math.inf if side == "greater" else estimate.value + half,
    )


def critical(tail: float, degrees_of_freedom: float = math.inf) -> float:
    """The value that t, or z with infinite degrees of freedom, exceeds with chance `tail`."""
    if math.isinf(degrees_of_freedom):
        return -float(special.ndtri(tail))
    return -float(special.stdtrit(degrees_of_freedom, tail))


def inside(chance: float) -> float:
    """A chance as results state it: no finite data prove or exclude anything, so rounding to 0 or 1 is undone."""
    return min(max(chance, sys.float_info.min), 1 - sys.float_info.epsilon)


def _below(t: float, degrees_of_freedom: float) -> float:
    if math.isinf(degrees_of_freedom):
        return float(special.ndtr(t))
    return float(special.stdtr(degrees_of_freedom, t))
