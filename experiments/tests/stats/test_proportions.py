"""Rare conversions: exact p-values, and intervals that stand at 0 of n."""

import numpy as np
import pytest
import tea_tasting as tt
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import fisher_exact
from statsmodels.stats.proportion import confint_proportions_2indep

from experiments.stats.comparisons import compare_conversions
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.moments import moments_of
from experiments.stats.proportions import Conversions, exact_p_value, is_sparse, rate_of, score_interval
from experiments.tests.stats.oracle import judged

conversions = st.integers(1, 5000).flatmap(lambda n: st.builds(Conversions, st.integers(0, n), st.just(n)))


def test_fishers_tea_taster_gets_three_of_four_right_by_chance() -> None:
    """Fisher, The Design of Experiments (1935): 34 of 70 tables are at least as far away."""
    assert exact_p_value(Conversions(1, 4), Conversions(3, 4)) == pytest.approx(34 / 70, rel=1e-9)


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 4), st.integers(0, 400), st.integers(0, 400), st.booleans(), st.booleans())
def test_exact_p_values_are_those_of_scipy(few: int, rest: int, other: int, flipped: bool, swapped: bool) -> None:
    arms = [Conversions(few, few + rest), Conversions(other, 400)]
    if flipped:
        arms = [Conversions(arm.n - arm.converted, arm.n) for arm in arms]
    control, treatment = reversed(arms) if swapped else arms
    table = [[arm.converted, arm.n - arm.converted] for arm in arms]
    if min(np.sum(table, axis=0).min(), np.sum(table, axis=1).min()) > 0:
        theirs = fisher_exact(table).pvalue
        assert exact_p_value(control, treatment) == pytest.approx(theirs, rel=1e-7, abs=1e-300)


def test_none_against_forty_of_five_thousand_is_found() -> None:
    found = compare_conversions(Conversions(0, 5000), Conversions(40, 5000))
    assert found.p_value == pytest.approx(1.68e-12, rel=0.01, abs=0)
    assert 0 < found.interval.low < 0.008 < found.interval.high
    assert found.lift is None


@pytest.mark.parametrize(
    ("treatment", "control", "low", "high"),
    [
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((6, 7), (2, 7), 0.0582, 0.8062),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 10), 0.6075, 1.0000),
    ],
)
def test_the_score_interval_is_newcombes(
    treatment: tuple[int, int], control: tuple[int, int], low: float, high: float
) -> None:
    """Newcombe, Statistics in Medicine 17 (1998), table II, method 10."""
    found = score_interval(Conversions(*control), Conversions(*treatment))
    assert (found.low, found.high) == pytest.approx((low, high), abs=5e-5)


@settings(max_examples=50, deadline=None)
@given(conversions, conversions)
def test_the_score_interval_is_that_of_statsmodels(control: Conversions, treatment: Conversions) -> None:
    theirs = confint_proportions_2indep(
        treatment.converted, treatment.n, control.converted, control.n, compare="diff", method="newcomb"
    )
    found = score_interval(control, treatment)
    assert (found.low, found.high) == pytest.approx(theirs, abs=1e-9)


@settings(max_examples=50, deadline=None)
@given(conversions, conversions)
def test_swapping_the_arms_negates_the_estimate_and_keeps_p(control: Conversions, treatment: Conversions) -> None:
    try:
        there, back = compare_conversions(control, treatment), compare_conversions(treatment, control)
    except NotEnoughData:
        return
    assert there.estimate.value == -back.estimate.value
    assert there.p_value == pytest.approx(back.p_value, rel=1e-9)
    assert 0 < there.p_value < 1


def test_plenty_of_conversions_are_judged_as_means() -> None:
    control, treatment = Conversions(50, 1000), Conversions(80, 1000)
    assert not is_sparse(control, treatment)
    zeros_and_ones = (
        moments_of([1.0] * arm.converted + [0.0] * (arm.n - arm.converted)) for arm in (control, treatment)
    )
    theirs = judged(*zeros_and_ones, tt.Mean("y"))
    assert compare_conversions(control, treatment).p_value == pytest.approx(theirs.pvalue, rel=1e-9)


@pytest.mark.parametrize("cells", [((4, 100), (50, 100)), ((50, 100), (96, 100)), ((50, 100), (100, 100))])
def test_a_cell_below_five_makes_it_exact(cells: tuple[tuple[int, int], tuple[int, int]]) -> None:
    control, treatment = (Conversions(*cell) for cell in cells)
    assert is_sparse(control, treatment)
    assert compare_conversions(control, treatment).p_value == exact_p_value(control, treatment)


@pytest.mark.parametrize("cells", [((0, 100), (0, 50)), ((7, 7), (9, 9)), ((0, 0), (3, 9))])
def test_nobody_or_everybody_is_not_enough(cells: tuple[tuple[int, int], tuple[int, int]]) -> None:
    with pytest.raises(NotEnoughData):
        compare_conversions(*(Conversions(*cell) for cell in cells))


@pytest.mark.parametrize("cell", [(-1, 5), (6, 5), (0, -1)])
def test_conversions_that_cannot_be_are_refused(cell: tuple[int, int]) -> None:
    with pytest.raises(InvalidData, match="converted"):
        Conversions(*cell)


def test_nobody_against_everybody_is_found_although_neither_arm_varies() -> None:
    found = compare_conversions(Conversions(0, 12), Conversions(12, 12))
    assert found.p_value == pytest.approx(2 / 2704156, rel=1e-9, abs=0)  # two of the 24-choose-12 tables
    assert found.interval.low > 0.5


def test_an_exact_test_among_millions_is_quick() -> None:
    """Two conversions against eleven of ten million each: as the binomial of 13 at a half."""
    p = exact_p_value(Conversions(2, 10**7), Conversions(11, 10**7))
    assert p == pytest.approx(2 * (1 + 13 + 78) / 2**13, rel=1e-4)
    assert 0 < exact_p_value(Conversions(4, 10**12), Conversions(10**11, 10**12)) < 1e-300
    assert exact_p_value(Conversions(2, 6), Conversions(10**11, 10**12)) == pytest.approx(0.114265, rel=1e-5)


def test_plenty_of_conversions_are_not_tested_exactly() -> None:
    with pytest.raises(InvalidData, match="below five"):
        exact_p_value(Conversions(50, 100), Conversions(60, 100))


def test_an_empty_arm_has_no_rate() -> None:
    with pytest.raises(NotEnoughData, match="one unit"):
        rate_of(Conversions(0, 0))
