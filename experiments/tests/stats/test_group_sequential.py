"""Planned looks share one chance of a false alarm between them."""

import math

import numpy as np
import pytest

from experiments.stats.errors import InvalidData
from experiments.stats.estimates import Estimate
from experiments.stats.group_sequential import Shape, bounds, look, spent
from experiments.stats.inference import p_value

FIFTHS = (0.2, 0.4, 0.6, 0.8, 1.0)


@pytest.mark.parametrize(
    ("shape", "published"),
    [
        ("obrien-fleming", (4.8769, 3.3569, 2.6803, 2.2898, 2.0310)),
        ("pocock", (2.4380, 2.4268, 2.4101, 2.3966, 2.3859)),
    ],
)
def test_five_equal_looks_have_the_published_bounds(shape: Shape, published: tuple[float, ...]) -> None:
    """DeMets and Lan, Statistics in Medicine 13 (1994), two-sided 5 %; the R package ldbounds prints the same."""
    assert bounds(FIFTHS, 0.05, shape) == pytest.approx(published, abs=2e-4)


@pytest.mark.parametrize("shape", ["obrien-fleming", "pocock"])
def test_all_of_alpha_is_spent_at_the_end(shape: Shape) -> None:
    assert spent(1.0, 0.025, shape) == pytest.approx(0.025)


def test_one_look_is_the_usual_test() -> None:
    assert bounds((1.0,)) == pytest.approx((1.959964,), abs=1e-6)
    estimate = Estimate(2.2, 1.0)
    assert look(estimate, (1.0,)).p_value == pytest.approx(p_value(estimate), rel=1e-6)


@pytest.mark.parametrize("shape", ["obrien-fleming", "pocock"])
@pytest.mark.parametrize("fractions", [FIFTHS, (0.1, 0.15, 0.5, 0.9, 1.0), tuple(i / 50 for i in range(1, 51))])
def test_looks_alarm_falsely_in_one_of_twenty(shape: Shape, fractions: tuple[float, ...]) -> None:
    """40,000 runs, Monte-Carlo error 0.11 %."""
    steps = np.random.default_rng(81).normal(0, np.sqrt(np.diff([0, *fractions])), (40_000, len(fractions)))
    z = steps.cumsum(axis=1) / np.sqrt(fractions)
    alarms = (abs(z) >= np.array(bounds(fractions, 0.05, shape))).any(axis=1).mean()
    assert alarms == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 40_000))


def test_p_is_five_percent_at_the_bound_and_the_interval_ends_at_zero() -> None:
    at_bound = look(Estimate(bounds(FIFTHS[:3])[-1], 1.0), FIFTHS[:3])
    assert at_bound.p_value == pytest.approx(0.05, rel=1e-6)
    assert at_bound.interval.low == pytest.approx(0, abs=1e-9)
    below, above = (look(Estimate(z, 1.0), FIFTHS[:3]) for z in (2.6, 2.8))
    assert (below.crossed, above.crossed) == (False, True)
    assert below.p_value > 0.05 > above.p_value


def test_an_early_overwhelming_or_absent_effect_stays_a_number() -> None:
    assert 0 < look(Estimate(1e6, 1.0), (0.01,)).p_value < 1e-6
    assert look(Estimate(0.0, 1.0), FIFTHS).p_value < 1


@pytest.mark.parametrize("fractions", [(), (0.0, 1.0), (0.5, 0.5), (0.6, 0.5), (0.5, 1.1), (math.nan,)])
def test_looks_that_cannot_be_are_refused(fractions: tuple[float, ...]) -> None:
    with pytest.raises(InvalidData, match="looks"):
        bounds(fractions)
    with pytest.raises(InvalidData, match="spending"):
        bounds((1.0,), 0.05, "haybittle")  # type: ignore[arg-type]
