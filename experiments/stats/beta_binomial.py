"""What to believe about two conversion rates, at any size: Beta priors, and the chance that one is above the other."""

from dataclasses import dataclass

import numpy as np
from scipy import special

from experiments.stats.errors import require_positive
from experiments.stats.inference import inside
from experiments.stats.proportions import Conversions

# Gauss and Legendre on z in -9 … 9, weighed by the normal density: what lies outside is below 1e-18
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(256)
_Z = 9 * _NODES
_MASS = 9 * _WEIGHTS * np.exp(-(_Z**2) / 2) / np.sqrt(2 * np.pi)


@dataclass(frozen=True, slots=True)
class RateBelief:
    """Beta(a, b) over a rate: as if a - 1 units had converted and b - 1 had not, after a flat start at a = b = 1."""

    a: float
    b: float

    def __post_init__(self) -> None:
        require_positive(a=self.a, b=self.b)

    @property
    def mean(self) -> float:
        """The expected rate."""
        return self.a / (self.a + self.b)

    @property
    def variance(self) -> float:
        """Of the rate, squared share."""
        whole = self.a + self.b
        return self.a * self.b / (whole * whole * (whole + 1))


def rate_belief_after(prior: RateBelief, seen: Conversions) -> RateBelief:
    """The posterior: conversions and the rest are added to the prior's."""
    return RateBelief(prior.a + seen.converted, prior.b + seen.n - seen.converted)


def chance_above(treatment: RateBelief, control: RateBelief) -> float:
    """The chance that treatment's rate is above control's, by quadrature over the narrower of the two, to 1e-9."""
    return inside(_chance_above(treatment, control))


def rate_loss_of_shipping(treatment: RateBelief, control: RateBelief) -> float:
    """The mean of max(0, control's rate - treatment's): E[A; A > B] is the mean of A times P(Beta(a + 1, b) > B)."""
    control_ahead = _chance_above(RateBelief(control.a + 1, control.b), treatment)
    treatment_behind = _chance_above(control, RateBelief(treatment.a + 1, treatment.b))
    return max(control.mean * control_ahead - treatment.mean * treatment_behind, 0.0)


def _chance_above(upper: RateBelief, lower: RateBelief) -> float:
    if upper.variance <= lower.variance:
        rates = special.betaincinv(upper.a, upper.b, special.ndtr(_Z))
        return float(_MASS @ special.betainc(lower.a, lower.b, rates))
    rates = special.betaincinv(lower.a, lower.b, special.ndtr(_Z))
    return float(_MASS @ special.betaincc(upper.a, upper.b, rates))
