"""What conversions say when they are few: an exact p-value, and an interval that does not fall apart at 0 of n."""

import math
from dataclasses import dataclass

import numpy as np

from experiments.stats.arms import Arm
from experiments.stats.errors import InvalidData, NotEnoughData, require_share
from experiments.stats.estimates import Estimate
from experiments.stats.inference import Interval, critical, inside
from experiments.stats.moments import Vector

SPARSE_BELOW = 5  # conversions, or units without one, in either arm

_MOST_EXPECTED = 2000  # in a cell below five: the chance is below 1e-800
_TIE = 1e-9  # by which rounding may tell equally likely tables apart


@dataclass(frozen=True, slots=True)
class Conversions:
    """`converted` of `n` units. Raises InvalidData."""

    converted: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.converted <= self.n:
            raise InvalidData(f"{self.converted} of {self.n} units cannot have converted")

    @property
    def rate(self) -> float:
        """Share of units that converted. Raises NotEnoughData for an empty arm."""
        if self.n == 0:
            raise NotEnoughData("An arm needs at least one unit to have a conversion rate.")
        return self.converted / self.n


def rate_of(conversions: Conversions) -> Arm:
    """The rate as an average of zeros and ones; its sample variance has n - 1 as divisor, as that of any mean."""
    rate, n = conversions.rate, conversions.n
    return Arm(n, rate, rate * (1 - rate) * n / max(n - 1, 1))


def is_sparse(control: Conversions, treatment: Conversions) -> bool:
    """Whether a cell of the table of two by two counts holds fewer than five units."""
    return any(min(arm.converted, arm.n - arm.converted) < SPARSE_BELOW for arm in (control, treatment))


def exact_p_value(control: Conversions, treatment: Conversions) -> float:
    """Fisher's exact test, two-sided: all tables with these margins that are no likelier than this one (Fisher 1935).

    For sparse tables, of which only those around the expected one carry any chance: its cost does not grow with the
    arms. Raises NotEnoughData where nobody or everybody converted, which is compatible with any chance, and
    InvalidData where no cell is below five.
    """
    units, converted = control.n + treatment.n, control.converted + treatment.converted
    if 0 in (control.n, treatment.n, converted, units - converted):
        raise NotEnoughData("Nobody or everybody has converted, so the arms cannot be compared.")
    if not is_sparse(control, treatment):
        raise InvalidData("the exact test is for tables with a cell below five")
    cell, row, column = min(
        (count, arm.n, total)
        for arm in (control, treatment)
        for count, total in ((arm.converted, converted), (arm.n - arm.converted, units - converted))
    )
    expected = row * column / units
    if expected > _MOST_EXPECTED:
        return inside(0.0)
    highest = min(row, column, math.ceil(expected + 60 * math.sqrt(expected) + 200))
    chances = _table_chances(row, column, units, highest)
    return inside(float(chances[chances <= chances[cell] * (1 + _TIE)].sum() / chances.sum()))


def score_interval(control: Conversions, treatment: Conversions, confidence: float = 0.95) -> Interval:
    """Interval of the difference treatment - control from Wilson's intervals of both: method 10 of Newcombe (1998).

    Statistics in Medicine 17, 873-890. Never wider than -1 … 1. Raises NotEnoughData for an empty arm.
    """
    require_share(confidence=confidence)
    z = critical((1 - confidence) / 2)
    own, other = _wilson(treatment, z), _wilson(control, z)
    apart = treatment.rate - control.rate
    return Interval(
        low=apart - math.hypot(treatment.rate - own.low, other.high - control.rate),
        high=apart + math.hypot(own.high - treatment.rate, control.rate - other.low),
    )


def score_estimate(control: Conversions, treatment: Conversions) -> Estimate:
    """The difference with a standard error that is not 0 at 0 of n: the score interval's width at 95 % over 2 z."""
    whole = score_interval(control, treatment)
    return Estimate(treatment.rate - control.rate, (whole.high - whole.low) / (2 * critical(0.025)))


def _wilson(arm: Conversions, z: float) -> Interval:
    rate, n = arm.rate, arm.n
    centre = rate + z * z / (2 * n)
    half = z * math.sqrt(rate * (1 - rate) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return Interval((centre - half) / whole, (centre + half) / whole)


def _table_chances(row: int, column: int, units: int, highest: int) -> Vector:
    """How likely 0 … `highest` units are in the cell with these totals, up to a factor: from ratios of neighbours."""
    k = np.arange(highest, dtype=np.float64)
    ratios = (row - k) * (column - k) / ((k + 1) * (units - row - column + k + 1))
    logs = np.concatenate([[0.0], np.log(ratios).cumsum()])
    return np.asarray(np.exp(logs - logs.max()), np.float64)
