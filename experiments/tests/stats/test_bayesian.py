"""Beliefs follow Bayes' rule, say what is at stake, and are exact for rates of any size."""

import math

import numpy as np
import pytest
from scipy import special, stats

from experiments.stats.bayesian import (
    Belief,
    belief_after,
    chance_to_win,
    credible_interval,
    loss_of_keeping,
    loss_of_shipping,
)
from experiments.stats.beta_binomial import RateBelief, chance_above, rate_belief_after, rate_loss_of_shipping
from experiments.stats.errors import InvalidData
from experiments.stats.estimates import Estimate
from experiments.stats.proportions import Conversions


def millers_chance(treatment: RateBelief, control: RateBelief) -> float:
    """E. Miller, Formulas for Bayesian A/B Testing (2014): a finite sum for whole parameters."""
    a, b = control, treatment
    i = np.arange(int(b.a))
    return float(
        np.exp(
            special.betaln(a.a + i, a.b + b.b) - np.log(b.b + i) - special.betaln(1 + i, b.b) - special.betaln(a.a, a.b)
        ).sum()
    )


def test_the_posterior_weighs_by_precision() -> None:
    """Gelman et al., Bayesian Data Analysis, equation 2.10: (1/4 * 0 + 1 * 2) / (1/4 + 1), variance 1 / (1/4 + 1)."""
    belief = belief_after(Belief(0.0, 2.0), Estimate(2.0, 1.0))
    assert (belief.mean, belief.deviation) == pytest.approx((1.6, math.sqrt(0.8)))


def test_a_wide_prior_leaves_the_estimate_and_a_narrow_one_the_prior() -> None:
    estimate = Estimate(2.0, 1.0)
    assert belief_after(Belief(0.0, 1e100), estimate) == Belief(2.0, 1.0)
    assert belief_after(Belief(0.5, 1e-9), estimate).mean == pytest.approx(0.5)


@pytest.mark.parametrize("mean", [-2.0, -0.1, 0.0, 0.3, 4.0])
def test_chance_losses_and_interval_are_those_of_draws(mean: float) -> None:
    """A million draws: the Monte-Carlo error is below 0.2 %."""
    belief = Belief(mean, 1.5)
    drawn = np.random.default_rng(71).normal(mean, 1.5, 1_000_000)
    assert chance_to_win(belief) == pytest.approx((drawn > 0).mean(), abs=0.002)
    assert loss_of_shipping(belief) == pytest.approx(np.maximum(-drawn, 0).mean(), abs=0.006)
    assert loss_of_keeping(belief) == pytest.approx(np.maximum(drawn, 0).mean(), abs=0.006)
    found = credible_interval(belief, 0.9)
    assert np.mean((drawn > found.low) & (drawn < found.high)) == pytest.approx(0.9, abs=0.002)


def test_overwhelming_evidence_stays_a_number() -> None:
    assert loss_of_shipping(Belief(1e10, 1.0)) == 0
    assert loss_of_shipping(Belief(-1e10, 1.0)) == pytest.approx(1e10)
    assert 0 < chance_to_win(Belief(-1e10, 1.0)) < chance_to_win(Belief(1e10, 1.0)) < 1


@pytest.mark.parametrize(("mean", "deviation"), [(0.0, math.inf), (0.0, 0.0), (math.nan, 1.0), (0.0, -1.0)])
def test_an_improper_prior_is_refused(mean: float, deviation: float) -> None:
    with pytest.raises(InvalidData):
        Belief(mean, deviation)


@pytest.mark.parametrize(("a", "b"), [(0.0, 1.0), (1.0, -1.0), (math.nan, 1.0), (1.0, math.inf)])
def test_an_improper_prior_of_a_rate_is_refused(a: float, b: float) -> None:
    with pytest.raises(InvalidData):
        RateBelief(a, b)


@pytest.mark.parametrize(
    ("treatment", "control"),
    [((3, 5), (2, 7)), ((1, 1), (1, 1)), ((81, 921), (51, 951)), ((2, 500), (900, 90_000)), ((60, 9942), (1, 10_001))],
)
def test_the_chance_is_millers_sum(treatment: tuple[int, int], control: tuple[int, int]) -> None:
    better, worse = RateBelief(*treatment), RateBelief(*control)
    assert chance_above(better, worse) == pytest.approx(millers_chance(better, worse), abs=1e-9)
    assert chance_above(better, worse) + chance_above(worse, better) == pytest.approx(1, abs=1e-9)


def test_the_loss_of_a_rate_is_that_of_draws() -> None:
    """A million draws: the Monte-Carlo error is below 0.00002."""
    treatment = rate_belief_after(RateBelief(1, 1), Conversions(12, 300))
    control = rate_belief_after(RateBelief(1, 1), Conversions(15, 310))
    generator = np.random.default_rng(72)
    ahead = stats.beta.rvs(control.a, control.b, size=10**6, random_state=generator) - stats.beta.rvs(
        treatment.a, treatment.b, size=10**6, random_state=generator
    )
    assert rate_loss_of_shipping(treatment, control) == pytest.approx(np.maximum(ahead, 0).mean(), abs=8e-5)


def test_none_of_many_is_believed_to_be_small_and_not_zero() -> None:
    belief = rate_belief_after(RateBelief(1, 1), Conversions(0, 5000))
    assert belief.mean == pytest.approx(1 / 5002)
