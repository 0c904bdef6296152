"""Differences of means and ratios, and the lift: the numbers of tea-tasting, and no nonsense at the edges."""

import math

import numpy as np
import pytest
import tea_tasting as tt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from experiments.stats.arms import Arm, mean_of, ratio_of
from experiments.stats.comparisons import compare
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.estimates import Estimate, difference
from experiments.stats.inference import critical, interval, p_value
from experiments.stats.lift import lift, lift_within
from experiments.stats.moments import moments_of
from experiments.tests.stats.oracle import judged

arm = st.builds(Arm, st.integers(2, 10**6), st.floats(-1e3, 1e3), st.floats(1e-3, 1e6))


def revenue(seed: int, n: int, level: float = 5.0) -> np.ndarray:
    """Zeros and lognormal amounts, with the number of visits beside them."""
    generator = np.random.default_rng(seed)
    visits = 1 + generator.poisson(3, n)
    return np.column_stack([generator.lognormal(0, 1, n) * level * (generator.random(n) < 0.4) + visits, visits])


@pytest.mark.parametrize(("sizes", "offset"), [((8, 10), 0.0), ((500, 300), 0.0), ((2000, 200), -40.0)])
def test_welch_gives_the_numbers_of_tea_tasting(sizes: tuple[int, int], offset: float) -> None:
    control, treatment = (moments_of(revenue(seed, n) + offset) for seed, n in enumerate(sizes))
    ours, theirs = compare(mean_of(control), mean_of(treatment)), judged(control, treatment, tt.Mean("y"))
    assert ours.estimate.value == pytest.approx(theirs.effect_size, rel=1e-9)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ours.interval.low == pytest.approx(theirs.effect_size_ci_lower, rel=1e-9)
    assert ours.interval.high == pytest.approx(theirs.effect_size_ci_upper, rel=1e-9)


@pytest.mark.parametrize("side", ["greater", "less"])
def test_one_sided_welch_gives_the_numbers_of_tea_tasting(side: str) -> None:
    control, treatment = moments_of(revenue(1, 300)), moments_of(revenue(2, 200, 5.4))
    apart = difference(mean_of(control), mean_of(treatment))
    theirs = judged(control, treatment, tt.Mean("y", alternative=side))
    assert p_value(apart, side=side) == pytest.approx(theirs.pvalue, rel=1e-9)
    ours = interval(apart, side=side)
    assert (ours.low, ours.high) == pytest.approx((theirs.effect_size_ci_lower, theirs.effect_size_ci_upper), rel=1e-9)


def test_a_ratio_gives_the_numbers_of_tea_tasting() -> None:
    control, treatment = moments_of(revenue(3, 700)), moments_of(revenue(4, 500, 5.5))
    ours, theirs = (
        compare(ratio_of(control), ratio_of(treatment)),
        judged(control, treatment, tt.RatioOfMeans("y", "d")),
    )
    assert ours.estimate.value == pytest.approx(theirs.effect_size, rel=1e-9)
    assert ours.p_value == pytest.approx(theirs.pvalue, rel=1e-9)
    assert ours.interval.low == pytest.approx(theirs.effect_size_ci_lower, rel=1e-9)


def test_a_ratio_over_a_denominator_that_may_be_zero_waits() -> None:
    noise = np.random.default_rng(5).normal(0, 1, (50, 2))
    with pytest.raises(NotEnoughData, match="denominator"):
        ratio_of(moments_of(noise))


def test_a_distant_tail_is_not_rounded_to_zero() -> None:
    assert p_value(Estimate(20.0, 1.0, 1e6)) == pytest.approx(2 * stats.t.sf(20, 1e6), rel=1e-6, abs=0)
    assert 0 < p_value(Estimate(1e10, 1.0)) < 1e-300
    assert p_value(Estimate(0.0, 1.0)) < 1


@settings(max_examples=100, deadline=None)
@given(arm, arm)
def test_swapping_the_arms_negates_the_estimate_and_keeps_p(control: Arm, treatment: Arm) -> None:
    there, back = difference(control, treatment), difference(treatment, control)
    assert there.value == -back.value
    assert p_value(there) == pytest.approx(p_value(back), rel=1e-9)


@settings(max_examples=100, deadline=None)
@given(arm, arm)
def test_the_lifts_interval_holds_zero_exactly_when_that_of_the_difference_does(control: Arm, treatment: Arm) -> None:
    absolute = interval(difference(control, treatment))
    try:
        relative = lift(control, treatment)
    except NotEnoughData:
        return
    assert relative.interval.low <= relative.value <= relative.interval.high
    nearest = min(abs(absolute.low), abs(absolute.high))
    if nearest > 1e-9 * (1 + abs(control.mean) + abs(treatment.mean)):
        assert (relative.interval.low < 0 < relative.interval.high) == (absolute.low < 0 < absolute.high)


def test_a_lift_over_a_negative_control_keeps_its_direction() -> None:
    found = lift(Arm(1000, -10.0, 4.0), Arm(1000, -9.0, 4.0))
    assert found.value == pytest.approx(0.1)
    assert 0 < found.interval.low < 0.1 < found.interval.high


def test_fiellers_interval_is_where_the_t_test_of_the_ratio_does_not_reject() -> None:
    control, treatment = Arm(400, 2.0, 9.0), Arm(300, 2.6, 16.0)
    quantile = stats.t.isf(0.025, difference(control, treatment).degrees_of_freedom)
    for edge in (lift(control, treatment).interval.low, lift(control, treatment).interval.high):
        ratio = edge + 1
        error = math.sqrt(treatment.variance_of_mean + ratio**2 * control.variance_of_mean)
        assert abs(treatment.mean - ratio * control.mean) / error == pytest.approx(quantile, rel=1e-9)


def test_nothing_is_relative_to_a_control_that_may_be_zero() -> None:
    control, treatment = Arm(100, 0.1, 4.0), Arm(100, 1.0, 4.0)
    with pytest.raises(NotEnoughData, match="zero"):
        lift(control, treatment)
    assert compare(control, treatment).lift is None


def test_a_control_of_exactly_zero_leaves_the_absolute_test_alone() -> None:
    assert compare(Arm(100, 0.0, 0.0), Arm(100, 1.0, 4.0)).p_value < 1e-5


@pytest.mark.parametrize("values", [(0.0, 0.0), (0.1, 0.1), (0.1, 0.3)])
def test_arms_without_variation_are_not_judged(values: tuple[float, float]) -> None:
    control, treatment = (mean_of(moments_of(np.full(1000, value))) for value in values)
    with pytest.raises(NotEnoughData, match="same"):
        difference(control, treatment)


def test_what_only_rounding_tells_apart_is_not_judged() -> None:
    with pytest.raises(NotEnoughData, match="same"):
        difference(Arm(1000, 0.1, 1e-34), Arm(1000, 0.1 + 3e-17, 1e-34))


def test_arms_and_estimates_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidData, match="mean"):
        Arm(10, math.nan, 1.0)
    with pytest.raises(InvalidData, match="variance"):
        Arm(10, 1.0, -1.0)
    with pytest.raises(InvalidData, match="units"):
        Arm(-10, 1.0, 1.0)
    with pytest.raises(InvalidData, match="standard error"):
        Estimate(1.0, -1.0)
    with pytest.raises(InvalidData, match="confidence"):
        interval(Estimate(1.0, 1.0), 95)


def test_a_lift_within_the_quantile_is_the_lift_at_its_confidence() -> None:
    control, treatment = Arm(1000, 2.0, 9.0), Arm(900, 2.2, 8.0)
    reach = critical(0.025, difference(control, treatment).degrees_of_freedom)
    assert lift_within(control, treatment, reach) == lift(control, treatment, 0.95)
    wide = lift_within(control, treatment, 12.0).interval
    assert wide.low < lift(control, treatment, 0.999).interval.low
    with pytest.raises(NotEnoughData, match="zero"):
        lift_within(control, treatment, 25.0)
