"""A split that went wrong raises the alarm; one that did not hardly ever does, however often it is looked at."""

import math

import numpy as np
import pytest
from scipy import stats
from scipy.integrate import quad

from experiments.stats.balance import running_balance, split_balance
from experiments.stats.errors import InvalidData, NotEnoughData


def test_the_split_is_judged_by_pearsons_chi_square() -> None:
    found = split_balance([8000, 7600, 4100], [40, 40, 20])
    assert found.p_value == pytest.approx(stats.chisquare([8000, 7600, 4100], found.expected).pvalue, rel=1e-9)
    assert found.expected == pytest.approx((7880, 7880, 3940))


def test_a_published_mismatch_is_alarmed() -> None:
    """Fabijan et al., KDD 2019, section 1: 821,588 against 815,482 users meant to be equal, p = 1.8e-6."""
    found = split_balance([821_588, 815_482], [0.5, 0.5])
    assert found.p_value == pytest.approx(1.8e-6, rel=0.05, abs=0)
    assert found.mismatched


def test_an_arm_without_weight_is_no_degree_of_freedom() -> None:
    assert split_balance([520, 480, 0], [1, 1, 0]).p_value == split_balance([520, 480], [1, 1]).p_value


def test_a_unit_in_an_arm_without_weight_is_a_mismatch() -> None:
    assert split_balance([500, 500, 1], [1, 1, 0]).mismatched
    assert running_balance([500, 500, 1], [1, 1, 0]).mismatched


def test_an_extreme_mismatch_is_a_number_above_zero() -> None:
    assert 0 < split_balance([10**7, 1], [1, 1]).p_value < 1e-300
    assert 0 < running_balance([10**7, 1], [1, 1]).p_value < 1e-300


def test_the_running_evidence_is_the_integral_over_the_prior() -> None:
    """Two arms: the Bayes factor is the mean, over Beta(50, 50), of the likelihood against that of equal halves."""
    integral, _ = quad(lambda share: stats.beta.pdf(share, 50, 50) * (2 * share) ** 90 * (2 - 2 * share) ** 50, 0, 1)
    assert running_balance([90, 50], [1, 1]).p_value == pytest.approx(1 / integral, rel=1e-6)


def test_the_running_p_value_never_goes_back_up() -> None:
    worse = running_balance([700, 500], [1, 1])
    assert running_balance([5000, 5000], [1, 1], least_p=worse.p_value).p_value == worse.p_value


def test_looking_a_hundred_times_at_a_right_split_rarely_alarms() -> None:
    """At 0.05, to see it with few runs: 2,000 runs, Monte-Carlo error 0.5 %; the alarm itself stands at 0.001."""
    runs, looks = 2000, 100
    counts = np.random.default_rng(31).multinomial(100, [0.45, 0.45, 0.1], (runs, looks)).cumsum(axis=1)
    prior = np.array([45.0, 45.0, 10.0])
    least = [min(running_balance(row, prior.tolist()).p_value for row in run[::10].tolist()) for run in counts]
    assert np.mean(np.array(least) < 0.05) <= 0.05


def test_a_right_split_looked_at_once_alarms_in_one_of_a_thousand() -> None:
    """20,000 runs, Monte-Carlo error 0.02 %."""
    counts = np.random.default_rng(32).multinomial(1000, [0.5, 0.3, 0.2], 20_000).tolist()
    alarms = np.mean([split_balance(row, [5, 3, 2]).mismatched for row in counts])
    assert alarms == pytest.approx(0.001, abs=3 * math.sqrt(0.001 / 20_000))


@pytest.mark.parametrize(
    ("counts", "weights"),
    [([1, 2], [1]), ([-1, 2], [1, 1]), ([1, 2], [1, -1]), ([1, 2], [1, 0]), ([1, 2], [1, math.nan])],
)
def test_a_split_that_cannot_be_is_refused(counts: list[int], weights: list[float]) -> None:
    with pytest.raises(InvalidData):
        split_balance(counts, weights)
    with pytest.raises(InvalidData):
        running_balance(counts, weights)


def test_a_handful_of_units_is_not_judged() -> None:
    with pytest.raises(NotEnoughData, match="too few"):
        split_balance([3, 1], [1, 1])
