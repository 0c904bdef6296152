"""Guardrails hold, break or stay open; cautions tell people when not to trust a number."""

import math

import numpy as np
import pytest

from experiments.stats.arms import Arm
from experiments.stats.cautions import Caution, cautions
from experiments.stats.errors import InvalidData
from experiments.stats.estimates import Estimate
from experiments.stats.guardrails import Verdict, beyond_margin, judge_guardrail


@pytest.mark.parametrize(
    ("effect", "verdict"), [(0.0, "holds"), (-0.3, "holds"), (-0.9, "open"), (-1.2, "open"), (-1.5, "harmed")]
)
@pytest.mark.parametrize("lower_is_better", [False, True])
def test_a_guardrail_is_judged_against_its_margin(effect: float, verdict: Verdict, lower_is_better: bool) -> None:
    above = effect + 1
    beyond = Estimate(-above if lower_is_better else above, 0.2)
    assert judge_guardrail(beyond, lower_is_better=lower_is_better).verdict == verdict


@pytest.mark.parametrize(("mean", "lower_is_better", "worst"), [(10, False, 9), (10, True, 11), (-10, False, -11)])
def test_the_worst_that_is_allowed_is_a_share_of_controls_value(mean: int, lower_is_better: bool, worst: int) -> None:
    control, treatment = Arm(100, mean, 4.0), Arm(50, 9.5, 1.0)
    found = beyond_margin(control, treatment, margin=0.1, lower_is_better=lower_is_better)
    assert found.value == pytest.approx(9.5 - worst)
    assert found.standard_error == pytest.approx(math.sqrt(4.0 * (worst / mean) ** 2 / 100 + 1.0 / 50))


def test_the_p_value_is_one_sided_at_the_margin() -> None:
    assert judge_guardrail(Estimate(1.644854 * 0.2, 0.2)).p_value == pytest.approx(0.05, rel=1e-5)


def test_a_metric_that_suffered_by_the_whole_margin_passes_in_one_of_twenty() -> None:
    """20,000 runs, Monte-Carlo error 0.15 %; control's value is as uncertain as the treatment's."""
    rng = np.random.default_rng(111)
    control, treatment = rng.normal(10, 0.2, 20_000).tolist(), rng.normal(20, 0.2, 20_000).tolist()
    found = (
        beyond_margin(Arm(10_000, c, 400.0), Arm(10_000, t, 400.0), margin=1.0, lower_is_better=True)
        for c, t in zip(control, treatment, strict=True)
    )
    held = np.mean([judge_guardrail(each, lower_is_better=True).verdict == "holds" for each in found])
    assert held == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 20_000))


def test_a_guardrail_without_a_margin_is_refused() -> None:
    with pytest.raises(InvalidData, match="margin"):
        beyond_margin(Arm(10, 1.0, 1.0), Arm(10, 1.0, 1.0), margin=0.0)


def test_a_large_finished_result_needs_no_caution() -> None:
    assert cautions(10_000, 10_000, skewness=2.0, rarest=25, planned_units=20_000) == []


@pytest.mark.parametrize(
    ("found", "told"),
    [
        (cautions(5000, 99, may_peek=True), ("small_arm", "99 units")),
        (cautions(5000, 5000, skewness=-4.0, may_peek=True), ("skewed", "5,680 units")),
        (cautions(5000, 5000, rarest=24, may_peek=True), ("rare_outcome", "24 times")),
        (cautions(5000, 5000, planned_units=20_000), ("before_planned_end", "10,000 of 20,000")),
        (cautions(5000, 5000), ("no_planned_end", "No end was planned")),
    ],
)
def test_each_caution_says_what_is_wrong(found: list[Caution], told: tuple[str, str]) -> None:
    code, words = told
    assert [caution.code for caution in found] == [code]
    assert words in found[0].sentence


def test_methods_made_for_looking_are_not_cautioned_for_it() -> None:
    assert cautions(5000, 5000, planned_units=20_000, may_peek=True) == []
