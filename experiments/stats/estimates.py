"""How far two arms are apart: an estimate, its standard error, and the error's own degrees of freedom."""

import math
import sys
from dataclasses import dataclass

from experiments.stats.arms import Arm
from experiments.stats.errors import LARGEST, InvalidData, NotEnoughData, require_finite

_NOISE = 4 * sys.float_info.epsilon  # of a mean, relative: what lies below is rounding


@dataclass(frozen=True, slots=True)
class Estimate:
    """`value` and `standard_error` in the metric's unit; infinite degrees of freedom mean the normal distribution."""

    value: float
    standard_error: float
    degrees_of_freedom: float = math.inf

    def __post_init__(self) -> None:
        require_finite(estimate=self.value, standard_error=self.standard_error)
        if self.standard_error < 0 or not self.degrees_of_freedom > 0:
            raise InvalidData("a standard error cannot be negative, and degrees of freedom have to be above 0")
        if self.standard_error <= max(_NOISE * abs(self.value), 1 / LARGEST):
            raise NotEnoughData("All values are the same, so nothing can be said about chance.")


def difference(control: Arm, treatment: Arm) -> Estimate:
    """Treatment minus control with unequal variances: V = va/na + vb/nb, degrees of freedom by Welch and Satterthwaite.

    Welch, Biometrika 34 (1947). Raises NotEnoughData where the standard error is no more than the rounding of the
    means.
    """
    a, b = control.variance_of_mean, treatment.variance_of_mean
    error = math.sqrt(a + b)
    if error <= _NOISE * max(abs(control.mean), abs(treatment.mean)):
        raise NotEnoughData("All values are the same, so nothing can be said about chance.")
    # shares of the whole instead of squares of the parts, which could overflow or vanish
    in_a, in_b = a / (a + b), b / (a + b)
    freedom = 1 / (in_a * in_a / (control.n - 1) + in_b * in_b / (treatment.n - 1))
    return Estimate(treatment.mean - control.mean, error, freedom)
