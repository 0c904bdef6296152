"""What may be read at any time, as often as one likes: intervals and p-values that stay honest under peeking.

Asymptotic confidence sequences: Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, arXiv 2103.06476; as used for
experiments by Maharaj et al., arXiv 2302.10108. `units` is the number of units in both arms together, and N stands for
it.
"""

import math
from dataclasses import dataclass

import numpy as np
from scipy import special

from experiments.stats.errors import InvalidData, NotEnoughData, require_finite, require_positive, require_share
from experiments.stats.estimates import Estimate
from experiments.stats.inference import Interval, inside
from experiments.stats.moments import Vector

BURN_IN = 25  # expected conversions, or units with a value other than zero, in the smaller arm


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an experiment has come with one metric.

    `rate` is the share of all units whose value is not zero. Of a `binary` metric the rarer outcome counts: 99.9 % is
    as sparse as 0.1 %. Raises InvalidData.
    """

    control_units: int
    treatment_units: int
    rate: float
    binary: bool

    def __post_init__(self) -> None:
        require_finite(rate=self.rate)
        if min(self.control_units, self.treatment_units) < 0 or not 0 <= self.rate <= 1:
            raise InvalidData("numbers of units cannot be negative, and a rate lies between 0 and 1")

    @property
    def units(self) -> int:
        """In both arms."""
        return self.control_units + self.treatment_units

    @property
    def expected(self) -> float:
        """How many units that count the smaller arm expects."""
        rate = min(self.rate, 1 - self.rate) if self.binary else self.rate
        return rate * min(self.control_units, self.treatment_units)


@dataclass(frozen=True, slots=True)
class AlwaysValid:
    """The interval of this look, and the smallest p-value of all looks up to it.

    The p-value does not go back up, so it may tell of an effect that this look's interval no longer shows.
    """

    interval: Interval
    p_value: float


def always_valid(
    estimate: Estimate, progress: Progress, *, planned_units: int, confidence: float = 0.95, least_p: float = 1.0
) -> AlwaysValid:
    """One look. `planned_units` is where the interval is to be narrowest; fix it before the first look and leave it.

    `least_p` is the p-value of the look before. Raises NotEnoughData until the smaller arm expects 25 units that count:
    the guarantee is asymptotic, and 100 looks at rare conversions with a 90/10 split gave up to 34 % false alarms
    without this rule.
    """
    require_share(confidence=confidence)
    require_positive(planned_units=planned_units)
    if not 0 < least_p <= 1:
        raise InvalidData(f"the p-value of the look before has to lie between 0 and 1, not {least_p}")
    if progress.expected < BURN_IN:
        raise NotEnoughData(
            f"Too early: the smaller arm expects {progress.expected:.0f} units that count, and {BURN_IN} are needed."
        )
    alpha = 1 - confidence
    tuning = tuned_for(planned_units, alpha)
    half = float(reach(progress.units, tuning, alpha)) * estimate.standard_error
    evidence = float(log_evidence(estimate.value / estimate.standard_error, progress.units, tuning))
    return AlwaysValid(
        interval=Interval(estimate.value - half, estimate.value + half),
        p_value=inside(min(least_p, math.exp(min(-evidence, 0.0)))),
    )


def tuned_for(planned_units: int, alpha: float) -> float:
    """rho² that makes the interval narrowest at N units: (-W(-alpha² / e) - 1) / N, W Lambert's lower branch."""
    return (-float(special.lambertw(-(alpha**2) / math.e, -1).real) - 1) / planned_units


def reach(units: int | Vector, tuning: float, alpha: float) -> Vector:
    """Half the interval in standard errors, where the normal interval has 1.96. Any shape."""
    spent = np.asarray(units, np.float64) * tuning
    return np.asarray(np.sqrt(2 * (spent + 1) / spent * np.log(np.sqrt(spent + 1) / alpha)), np.float64)


def log_evidence(z: float | Vector, units: int | Vector, tuning: float) -> Vector:
    """log of the evidence against no effect; the p-value of one look is exp of minus that. Shapes broadcast.

    The mixture martingale (N rho² + 1)^-1/2 exp(rho² N z² / (2 (N rho² + 1))), which is the mSPRT of Johari et al.
    with tau² = rho² N V.
    """
    spent = np.asarray(units, np.float64) * tuning
    return np.asarray(spent * np.square(z) / (2 * (spent + 1)) - np.log1p(spent) / 2, np.float64)
