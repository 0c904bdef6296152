"""At a fixed end, tests are wrong as often as promised and intervals hold the truth as often as promised.

Monte-Carlo errors are one standard deviation; each bound is the promise and at least three of them.
"""

import math

import numpy as np
import pytest

from experiments.stats.arms import Arm, mean_of, ratio_of
from experiments.stats.cautions import cautions
from experiments.stats.comparisons import compare_conversions
from experiments.stats.errors import NotEnoughData
from experiments.stats.estimates import difference
from experiments.stats.inference import interval, p_value
from experiments.stats.lift import lift
from experiments.stats.moments import moments_of
from experiments.stats.proportions import Conversions, rate_of

RUNS = 2000
ERROR = math.sqrt(0.05 * 0.95 / RUNS)  # 0.5 %


def false_alarms(p_values: list[float]) -> float:
    return sum(p < 0.05 for p in p_values) / len(p_values)


def test_welch_alarms_falsely_in_one_of_twenty_with_unequal_variances_and_sizes() -> None:
    generator = np.random.default_rng(11)
    found = []
    for _ in range(RUNS):
        control, treatment = generator.normal(5, 1, 40), generator.normal(5, 4, 15)
        found.append(p_value(difference(mean_of(moments_of(control)), mean_of(moments_of(treatment)))))
    assert false_alarms(found) == pytest.approx(0.05, abs=3 * ERROR)


def test_a_ratio_alarms_falsely_in_one_of_twenty() -> None:
    generator = np.random.default_rng(12)

    def arm() -> Arm:
        visits = 1 + generator.poisson(4, 300)
        taste = generator.beta(2, 8, 300)  # of a unit, so that its visits resemble each other
        return ratio_of(moments_of(np.column_stack([generator.binomial(visits, taste), visits])))

    found = [p_value(difference(arm(), arm())) for _ in range(RUNS)]
    assert false_alarms(found) == pytest.approx(0.05, abs=3 * ERROR)


def alarms_at(rate: float, share: float, expected: int) -> float:
    """How often rates that are alike differ at 5 %, when the smaller arm expects so many conversions."""
    smaller = round(expected / rate)
    larger = round(smaller * (1 - share) / share)
    seen = np.random.default_rng(15).binomial([larger, smaller], rate, (RUNS, 2)).tolist()
    arms = [(Conversions(control, larger), Conversions(treatment, smaller)) for control, treatment in seen]
    return false_alarms([compare_conversions(*pair).p_value for pair in arms if any(arm.converted for arm in pair)])


@pytest.mark.parametrize("share", [0.5, 0.1], ids=["50/50", "90/10"])
@pytest.mark.parametrize("rate", [0.05, 0.01, 0.002])
def test_rates_alarm_falsely_in_at_most_one_of_twenty_when_very_rare_or_frequent(rate: float, share: float) -> None:
    assert alarms_at(rate, share, expected=2) <= 0.05
    assert alarms_at(rate, share, expected=100) <= 0.05 + 3 * ERROR


@pytest.mark.parametrize("rate", [0.05, 0.01, 0.002])
def test_in_between_an_uneven_split_alarms_a_little_more_which_is_what_the_caution_is_for(rate: float) -> None:
    assert alarms_at(rate, 0.1, expected=15) <= 0.065 + 3 * ERROR
    assert cautions(10**6, 10**6, rarest=15, may_peek=True) != []


def test_fiellers_interval_holds_a_lift_of_half_at_a_rate_of_one_percent() -> None:
    generator = np.random.default_rng(13)
    held = []
    for seen in generator.binomial(1000, [0.01, 0.015], (RUNS, 2)).tolist():
        try:
            found = lift(*(rate_of(Conversions(converted, 1000)) for converted in seen)).interval
        except NotEnoughData:
            continue
        held.append(found.low <= 0.5 <= found.high)
    assert len(held) > 0.9 * RUNS
    assert np.mean(held) == pytest.approx(0.95, abs=3 * ERROR)


def test_the_interval_of_a_difference_holds_it_at_a_small_size() -> None:
    generator = np.random.default_rng(14)
    held = 0
    for _ in range(RUNS):
        control, treatment = (mean_of(moments_of(generator.normal(level, 1 + level, 12))) for level in (1.0, 3.0))
        found = interval(difference(control, treatment))
        held += found.low <= 2.0 <= found.high
    assert held / RUNS == pytest.approx(0.95, abs=3 * ERROR)
