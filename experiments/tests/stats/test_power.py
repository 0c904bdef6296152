"""What an experiment can find is what tea-tasting and statsmodels say, and what happens when it is run."""

import math
from typing import Any

import numpy as np
import pytest
import tea_tasting as tt
from statsmodels.stats.power import NormalIndPower

from experiments.stats.arms import Arm
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.estimates import difference
from experiments.stats.inference import p_value
from experiments.stats.moments import moments_from
from experiments.stats.power import (
    Plan,
    days_left,
    detectable_effect,
    plan_for_rate,
    power_of,
    units_needed,
    with_past,
)
from experiments.tests.stats.oracle import aggregates


def tea_tasting(solved: str, **settings: Any) -> float:
    """For a mean of 10 and a standard deviation of 3, by the normal distribution as ours."""
    metric = tt.Mean("y", use_t=False, alpha=0.05, **settings)
    data = aggregates(moments_from(100, [10.0], [[9.0]]))
    return float(metric.solve_power_from_aggregates(data, solved)[0]._asdict()[solved])


@pytest.mark.parametrize(("share", "ratio"), [(0.5, 1), (0.1, 1 / 9), (0.75, 3)])
def test_power_effect_and_size_are_those_of_tea_tasting(share: float, ratio: float) -> None:
    plan = Plan(9.0, 9.0, treatment_share=share)
    assert power_of(plan, units=4000, effect=0.2) == pytest.approx(
        tea_tasting("power", effect_size=0.2, n_obs=4000, ratio=ratio), rel=1e-9
    )
    assert detectable_effect(plan, units=4000) == pytest.approx(
        tea_tasting("effect_size", power=0.8, n_obs=4000, ratio=ratio), rel=1e-5
    )
    assert units_needed(plan, effect=0.2) == pytest.approx(
        tea_tasting("n_obs", power=0.8, effect_size=0.2, ratio=ratio), rel=1e-4
    )


def test_one_sided_power_is_that_of_statsmodels() -> None:
    plan = Plan(4.0, 4.0, alpha=0.01, two_sided=False)
    theirs = NormalIndPower().power(0.3 / 2, 250, 0.01, ratio=1, alternative="larger")
    assert power_of(plan, units=500, effect=0.3) == pytest.approx(theirs, rel=1e-9)


def test_the_rule_of_sixteen_holds() -> None:
    """van Belle, Statistical Rules of Thumb, section 2.1: 16 variances over the squared effect, in each arm."""
    assert units_needed(Plan(1.0, 1.0), effect=0.1) == pytest.approx(2 * 16 / 0.1**2, rel=0.02)


def test_planned_power_is_what_happens() -> None:
    """2,000 runs of a conversion rate of 5 % that rises to 6 %, 70/30; Monte-Carlo error 0.9 %."""
    plan = Plan(0.05 * 0.95, 0.06 * 0.94, treatment_share=0.3)
    units = units_needed(plan, effect=0.01)
    sizes = round(units * 0.7), round(units * 0.3)
    rates = np.random.default_rng(51).binomial(sizes, [0.05, 0.06], (2000, 2)) / sizes
    found = [
        p_value(difference(*(Arm(n, rate, rate * (1 - rate)) for n, rate in zip(sizes, run, strict=True)))) < 0.05
        for run in rates.tolist()
    ]
    assert np.mean(found) == pytest.approx(0.8, abs=3 * math.sqrt(0.8 * 0.2 / 2000))


def test_looking_at_any_time_costs_half_of_the_power() -> None:
    plan = Plan(1.0, 1.0, always_valid=True)
    assert plan.threshold == pytest.approx(3.035, abs=5e-4)
    units = units_needed(Plan(1.0, 1.0), effect=0.1)
    assert power_of(plan, units=units, effect=0.1) == pytest.approx(0.41, abs=0.005)


def test_a_past_with_correlation_of_seven_tenths_halves_the_units() -> None:
    plan = plan_for_rate(0.2)
    assert units_needed(with_past(plan, 0.7), effect=0.01) == pytest.approx(
        0.51 * units_needed(plan, effect=0.01), abs=2
    )


def test_days_left_are_counted_whole() -> None:
    assert days_left(1000, units=400, units_per_day=250) == 3
    assert days_left(1000, units=1000, units_per_day=0) == 0
    with pytest.raises(NotEnoughData, match="No units"):
        days_left(1000, units=10, units_per_day=0)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: Plan(0.0, 1.0),
        lambda: Plan(1.0, math.nan),
        lambda: Plan(1.0, 1.0, treatment_share=1.0),
        lambda: Plan(1.0, 1.0, alpha=0.0),
        lambda: Plan(1.0, 1.0, two_sided=False, always_valid=True),
        lambda: with_past(Plan(1.0, 1.0), 1.0),
        lambda: units_needed(Plan(1.0, 1.0), effect=0.0),
        lambda: units_needed(Plan(1.0, 1.0), effect=1.0, power=0.05),
        lambda: power_of(Plan(1.0, 1.0), units=0, effect=1.0),
    ],
)
def test_plans_that_cannot_be_are_refused(wrong: Any) -> None:
    with pytest.raises(InvalidData):
        wrong()
