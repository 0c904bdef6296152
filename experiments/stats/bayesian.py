"""What to believe about an effect, given what was believed before and what was seen.

Normal prior and normal estimate, weighed by their precisions (Gelman et al., Bayesian Data Analysis, section 2.5). The
prior is asked for and has to be proper: with a flat one, looking 100 times at "95 % likely to win" raises a false
alarm in more than half of all experiments that change nothing.
"""

import math
from dataclasses import dataclass

from scipy import special

from experiments.stats.errors import require_finite, require_positive, require_share
from experiments.stats.estimates import Estimate
from experiments.stats.inference import Interval, critical, inside


@dataclass(frozen=True, slots=True)
class Belief:
    """A normal distribution over the true effect, treatment minus control, in the metric's unit. Raises InvalidData."""

    mean: float
    deviation: float

    def __post_init__(self) -> None:
        require_finite(mean=self.mean)
        require_positive(deviation=self.deviation)


def belief_after(prior: Belief, estimate: Estimate) -> Belief:
    """The posterior. The estimate's error is taken as known, so arms should be beyond a few dozen units."""
    # as shares of the whole: the precisions themselves could overflow
    whole = math.hypot(prior.deviation, estimate.standard_error)
    doubt, openness = estimate.standard_error / whole, prior.deviation / whole
    return Belief(doubt**2 * prior.mean + openness**2 * estimate.value, prior.deviation * doubt)


def chance_to_win(belief: Belief) -> float:
    """The chance that the true effect is above 0."""
    return inside(float(special.ndtr(belief.mean / belief.deviation)))


def loss_of_shipping(belief: Belief) -> float:
    """What is lost on average by shipping treatment, in the metric's unit: the mean of max(0, -effect)."""
    z = belief.mean / belief.deviation
    density = math.exp(-z * z / 2) / math.sqrt(2 * math.pi)
    return max(belief.deviation * density - belief.mean * float(special.ndtr(-z)), 0.0)


def loss_of_keeping(belief: Belief) -> float:
    """What is lost on average by keeping control, in the metric's unit: the mean of max(0, effect)."""
    return loss_of_shipping(Belief(-belief.mean, belief.deviation))


def credible_interval(belief: Belief, credibility: float = 0.95) -> Interval:
    """Where the true effect lies with this chance, the rest shared by both tails."""
    require_share(credibility=credibility)
    half = critical((1 - credibility) / 2) * belief.deviation
    return Interval(belief.mean - half, belief.mean + half)
