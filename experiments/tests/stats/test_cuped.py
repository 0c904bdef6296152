"""What units did before is taken out: the numbers of tea-tasting, a smaller error, the same truth."""

import math

import numpy as np
import pytest
import tea_tasting as tt

from experiments.stats.arms import Arm, mean_of, ratio_of
from experiments.stats.comparisons import compare
from experiments.stats.cuped import adjusted_means, adjusted_ratios
from experiments.stats.estimates import difference
from experiments.stats.inference import p_value
from experiments.stats.moments import Moments, moments_of
from experiments.tests.stats.oracle import judged

RUNS = 1000


def spending(generator: np.random.Generator, n: int, more: float = 0.0) -> Moments:
    """Columns: spending now and before, which resemble each other."""
    before = generator.gamma(2, 10, n)
    return moments_of(np.column_stack([0.8 * before + generator.normal(5 + more, 4, n), before]))


def visiting(generator: np.random.Generator, n: int) -> Moments:
    """Columns: clicks and visits now, clicks and visits before; a unit keeps its habit."""
    habit = generator.beta(2, 6, n)
    visits, earlier = 1 + generator.poisson(5, n), 1 + generator.poisson(5, n)
    clicks, earlier_clicks = generator.binomial(visits, habit), generator.binomial(earlier, habit)
    return moments_of(np.column_stack([clicks, visits, earlier_clicks, earlier]))


def assert_as_tea_tasting(control: Arm, treatment: Arm, theirs: object) -> None:
    ours = compare(control, treatment)
    assert control.mean == pytest.approx(theirs.control, rel=1e-9)  # type: ignore[attr-defined]
    assert ours.estimate.value == pytest.approx(theirs.effect_size, rel=1e-9)  # type: ignore[attr-defined]
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)  # type: ignore[attr-defined]
    assert ours.interval.low == pytest.approx(theirs.effect_size_ci_lower, rel=1e-9)  # type: ignore[attr-defined]


def test_cuped_gives_the_numbers_of_tea_tasting() -> None:
    generator = np.random.default_rng(21)
    arms = spending(generator, 800), spending(generator, 300, 0.5)
    assert_as_tea_tasting(*adjusted_means(arms).arms, judged(*arms, tt.Mean("y", covariate="x"), "yx"))


def test_cuped_for_ratios_gives_the_numbers_of_tea_tasting() -> None:
    generator = np.random.default_rng(22)
    arms = visiting(generator, 900), visiting(generator, 400)
    theirs = judged(*arms, tt.RatioOfMeans("y", "d", "x", "e"), "ydxe")
    assert_as_tea_tasting(*adjusted_ratios(arms).arms, theirs)


def test_the_variance_shrinks_by_the_squared_correlation() -> None:
    generator = np.random.default_rng(23)
    arms = spending(generator, 50_000), spending(generator, 50_000)
    covariance = arms[0].covariance
    correlation = covariance[0, 1] / math.sqrt(covariance[0, 0] * covariance[1, 1])
    shrunk = adjusted_means(arms).arms[0].variance / mean_of(arms[0]).variance
    assert shrunk == pytest.approx(1 - correlation**2, abs=0.005)


def test_cuped_alarms_falsely_in_one_of_twenty() -> None:
    generator = np.random.default_rng(24)
    found = [
        p_value(difference(*adjusted_means((spending(generator, 200), spending(generator, 100))).arms))
        for _ in range(RUNS)
    ]
    assert np.mean(np.array(found) < 0.05) == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / RUNS))  # 0.7 %


def test_three_arms_share_one_theta() -> None:
    generator = np.random.default_rng(25)
    adjusted = adjusted_means([spending(generator, n) for n in (500, 400, 300)])
    assert len(adjusted.arms) == 3
    assert adjusted.theta == pytest.approx(0.8, abs=0.05)


def test_a_past_that_is_the_same_for_all_changes_nothing() -> None:
    values = np.random.default_rng(26).normal(5, 1, 100)
    arm = moments_of(np.column_stack([values, np.zeros(100)]))
    adjusted = adjusted_means((arm, arm))
    assert adjusted.theta == 0
    assert adjusted.arms == (mean_of(arm), mean_of(arm))


def test_a_ratio_whose_past_has_no_visits_is_not_adjusted() -> None:
    values = np.random.default_rng(27).poisson(5, (100, 2)) + 1
    arm = moments_of(np.column_stack([values, np.zeros((100, 2))]))
    assert adjusted_ratios((arm, arm)).arms == (ratio_of(arm), ratio_of(arm))
