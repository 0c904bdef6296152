"""Quantiles of values that cluster by unit, and caps on what a few units spend."""

import math

import numpy as np
import pytest

from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.estimates import difference
from experiments.stats.inference import p_value
from experiments.stats.quantiles import quantile_arm, quantile_of
from experiments.stats.winsorising import cap_totals

RUNS = 1000


def pages(generator: np.random.Generator, units: int) -> tuple[np.ndarray, np.ndarray]:
    """Load times in seconds with the unit of each; a unit's connection slows all its pages."""
    counts = 1 + generator.poisson(9, units)
    owners = np.repeat(np.arange(units), counts)
    return generator.lognormal(0, 0.3, owners.size) * generator.lognormal(0, 0.6, units)[owners], owners


def test_a_clustered_quantile_alarms_falsely_in_one_of_twenty_and_an_unclustered_one_far_more() -> None:
    """1,000 runs, Monte-Carlo error 0.7 %."""
    generator = np.random.default_rng(101)
    clustered, independent = [], []
    for _ in range(RUNS):
        arms = [pages(generator, 200) for _ in range(2)]
        clustered.append(p_value(difference(*(quantile_of(*arm, 0.9) for arm in arms))) < 0.05)
        alone = (quantile_of(values, np.arange(values.size), 0.9) for values, _ in arms)
        independent.append(p_value(difference(*alone)) < 0.05)
    assert np.mean(clustered) == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / RUNS))
    assert np.mean(independent) > 0.15


def test_a_quantile_of_single_values_has_the_textbook_error() -> None:
    """The median of n normal values has the variance pi / (2 n)."""
    arms = np.random.default_rng(102).normal(0, 1, (200, 4000))
    errors = [quantile_of(values, np.arange(4000), 0.5).variance_of_mean for values in arms]
    assert np.mean(errors) == pytest.approx(math.pi / 2 / 4000, rel=0.06)  # Monte-Carlo error 1.3 %


def test_the_unit_of_the_metric_does_not_matter() -> None:
    values, owners = pages(np.random.default_rng(103), 300)
    seconds, nanoseconds = quantile_of(values, owners, 0.9), quantile_of(values * 1e9, owners, 0.9)
    assert nanoseconds.variance == pytest.approx(seconds.variance * 1e18, rel=1e-9)


def test_a_quantile_too_far_out_for_its_units_waits() -> None:
    values, owners = pages(np.random.default_rng(104), 20)
    with pytest.raises(NotEnoughData, match="too few"):
        quantile_of(values, owners, 0.999)
    with pytest.raises(NotEnoughData, match="no values"):
        quantile_of(np.empty(0), np.empty(0, np.int64), 0.5)


def test_quantiles_that_cannot_be_are_refused() -> None:
    with pytest.raises(InvalidData, match="quantile"):
        quantile_of(np.ones(3), np.arange(3), 1.0)
    with pytest.raises(InvalidData, match="one unit"):
        quantile_of(np.ones(3), np.arange(2), 0.5)
    with pytest.raises(InvalidData, match="finite"):
        quantile_of(np.array([1.0, math.nan]), np.arange(2), 0.5)
    with pytest.raises(InvalidData, match="between"):
        quantile_arm(10, value=1.0, at_low=1.5, at_high=2.0)


def test_the_cap_is_one_for_all_arms() -> None:
    control, treatment = np.arange(0.0, 100.0), np.arange(100.0, 200.0)
    capped = cap_totals([control, treatment], share=0.9)
    assert capped.cap == pytest.approx(np.quantile(np.arange(200.0), 0.9))
    assert capped.changed == 20
    assert capped.arms[0].tolist() == control.tolist()
    assert capped.arms[1].max() == capped.cap


def test_a_cap_tames_the_variance_of_a_few_big_spenders() -> None:
    totals = np.random.default_rng(105).lognormal(0, 2.5, 10_000)
    assert cap_totals([totals], share=0.99).arms[0].var() < totals.var() / 5


def test_caps_that_cannot_be_are_refused() -> None:
    with pytest.raises(NotEnoughData, match="no units"):
        cap_totals([])
    with pytest.raises(InvalidData, match="finite"):
        cap_totals([np.array([1.0, math.inf])])
    with pytest.raises(InvalidData, match="share"):
        cap_totals([np.ones(3)], share=99.9)
