"""How likely a treatment is better and what shipping it costs on average, from a proper prior, whatever the method.

The prior: relative effects are normal around none with the plan's standard deviation, scaled by control's value. Rates
get Beta priors around the pooled rate that are as wide, so that few conversions need no normal distribution.
"""

import math
from dataclasses import dataclass

from experiments.results.pairs import Pair
from experiments.stats.bayesian import Belief, belief_after, chance_to_win, loss_of_shipping
from experiments.stats.beta_binomial import RateBelief, chance_above, rate_belief_after, rate_loss_of_shipping
from experiments.stats.errors import NotEnoughData
from experiments.stats.estimates import difference
from experiments.stats.proportions import Conversions

_LEAST_WEIGHT = 2.0  # units that a prior over rates stands for at least


@dataclass(frozen=True, slots=True)
class Conviction:
    """`belief` is about treatment minus control, `scale` is control's value as believed, above 0; `expected_loss` is
    that of shipping, in the metric's unit."""

    belief: Belief
    scale: float
    chance_to_win: float
    expected_loss: float


def conviction(pair: Pair, *, prior_deviation: float, better: int) -> Conviction:
    """`better` is the sign of a good difference. Raises NotEnoughData, InvalidData."""
    if pair.conversions is not None:
        return _of_rates(*pair.conversions, prior_deviation=prior_deviation, better=better)
    if pair.control.mean == 0:
        raise NotEnoughData("Control's value is zero, so nothing is believed about effects relative to it.")
    scale = abs(pair.control.mean)
    prior = Belief(0.0, prior_deviation * scale)
    belief = belief_after(prior, difference(pair.control, pair.treatment))
    good = Belief(belief.mean * better, belief.deviation)
    return Conviction(belief, scale, chance_to_win(good), loss_of_shipping(good))


def _of_rates(control: Conversions, treatment: Conversions, *, prior_deviation: float, better: int) -> Conviction:
    prior = _prior_of_rates(control, treatment, prior_deviation)
    own, other = rate_belief_after(prior, treatment), rate_belief_after(prior, control)
    belief = Belief(own.mean - other.mean, math.sqrt(own.variance + other.variance))
    if better > 0:
        return Conviction(belief, other.mean, chance_above(own, other), rate_loss_of_shipping(own, other))
    return Conviction(belief, other.mean, chance_above(other, own), _loss_where_less_is_better(own, other))


def _loss_where_less_is_better(own: RateBelief, other: RateBelief) -> float:
    """Shipping costs where the treatment's rate is above control's: the rates of not converting, compared."""
    return rate_loss_of_shipping(RateBelief(own.b, own.a), RateBelief(other.b, other.a))


def _prior_of_rates(control: Conversions, treatment: Conversions, prior_deviation: float) -> RateBelief:
    """Beta(k r, k (1 - r)) has variance r (1 - r) / (k + 1); that of a difference of two is (r deviation)²."""
    rate = (control.converted + treatment.converted + 0.5) / (control.n + treatment.n + 1)
    weight = max(2 * (1 - rate) / (rate * prior_deviation**2) - 1, _LEAST_WEIGHT)
    return RateBelief(weight * rate, weight * (1 - rate))
