"""Moments say what the units say, however the units are cut up and however far from zero they lie."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from experiments.stats.arms import mean_of
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.moments import Moments, merge, moments_from, moments_of

rows = arrays(np.float64, st.tuples(st.integers(1, 40), st.just(3)), elements=st.floats(-1000, 1000))


def assert_same(left: Moments, right: Moments) -> None:
    assert left.n == right.n
    np.testing.assert_allclose(left.mean, right.mean, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(left.comoment, right.comoment, rtol=1e-9, atol=1e-9 * 1000**2)


@settings(max_examples=100, deadline=None)
@given(rows, st.lists(st.integers(0, 40), max_size=5), st.randoms(use_true_random=False))
def test_merging_in_any_order_and_partition_gives_the_same(values: np.ndarray, cuts: list[int], random: object) -> None:
    parts = [moments_of(part) for part in np.split(values, sorted(min(cut, len(values)) for cut in cuts))]
    shuffled = parts.copy()
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert_same(merge(shuffled), moments_of(values))
    assert_same(merge([merge(parts[:1]), merge([*parts[1:], moments_of(np.empty((0, 3)))])]), moments_of(values))


def test_moments_are_those_of_numpy() -> None:
    values = np.random.default_rng(1).normal([3, -2], [1, 50], (1000, 2))
    moments = moments_of(values)
    np.testing.assert_allclose(moments.mean, values.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(moments.covariance, np.cov(values, rowvar=False), rtol=1e-12)


def test_a_mean_of_a_billion_keeps_a_deviation_of_one() -> None:
    small = np.random.default_rng(2).normal(0, 1, 100_000)
    parts = [moments_of(part) for part in np.split(small + 1e9, 100)]
    merged = mean_of(merge(parts))
    assert merged.variance == pytest.approx(small.var(ddof=1), rel=1e-6)
    assert merged.mean - 1e9 == pytest.approx(small.mean(), abs=1e-6)
    assert mean_of(moments_of(small + 1e9)).variance == pytest.approx(small.var(ddof=1), rel=1e-6)


def test_what_rounding_leaves_in_a_mean_is_put_back() -> None:
    small = np.random.default_rng(3).normal(0, 1, (100_000, 2))
    np.testing.assert_allclose(moments_of(small + 1e9).mean - 1e9, small.mean(axis=0), atol=3e-7)
    assert moments_of(np.full((1000, 2), 0.1)).comoment.max() < 1e-40


def test_what_an_engine_computed_comes_back_out() -> None:
    moments = moments_from(4, [1.0, 2.0], [[3.0, 0.5], [0.5, 2.0]])
    assert moments.covariance.tolist() == [[3.0, 0.5], [0.5, 2.0]]


@pytest.mark.parametrize(
    ("n", "mean", "covariance", "word"),
    [
        (-1, [0.0], [[1.0]], "units"),
        (5, [float("nan")], [[1.0]], "finite"),
        (5, [0.0], [[float("inf")]], "finite"),
        (5, [0.0], [[-1.0]], "negative"),
        (5, [0.0, 0.0], [[1.0]], "fit"),
        (5, [0.0, 0.0], [[1.0, 0.5], [0.4, 1.0]], "symmetric"),
        (5, [0.0, 0.0], [[1.0, 1.5], [1.5, 1.0]], "larger"),
    ],
)
def test_what_cannot_be_moments_is_refused(n: int, mean: list[float], covariance: list[list[float]], word: str) -> None:
    with pytest.raises(InvalidData, match=word):
        moments_from(n, mean, covariance)


def test_values_that_are_not_numbers_are_refused() -> None:
    with pytest.raises(InvalidData, match="finite"):
        moments_of([1.0, float("nan")])
    with pytest.raises(InvalidData, match="shape"):
        moments_of(np.zeros((2, 2, 2)))


def test_moments_of_different_columns_do_not_merge() -> None:
    with pytest.raises(InvalidData, match="columns"):
        merge([moments_of([1.0]), moments_of([[1.0, 2.0]])])
    with pytest.raises(InvalidData, match="nothing"):
        merge([])


@pytest.mark.parametrize("values", [[], [1.0]])
def test_fewer_than_two_units_have_no_variance(values: list[float]) -> None:
    with pytest.raises(NotEnoughData, match="two units"):
        mean_of(moments_of(np.array(values)))
