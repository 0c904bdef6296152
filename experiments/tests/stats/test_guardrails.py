"""Guardrails hold, break or stay open; cautions tell people when not to trust a number."""

import math

import numpy as np
import pytest

from experiments.stats.cautions import Caution, cautions
from experiments.stats.errors import InvalidData
from experiments.stats.estimates import Estimate
from experiments.stats.guardrails import Verdict, judge_guardrail


@pytest.mark.parametrize(
    ("effect", "verdict"), [(0.0, "holds"), (-0.3, "holds"), (-0.9, "open"), (-1.2, "open"), (-1.5, "harmed")]
)
@pytest.mark.parametrize("lower_is_better", [False, True])
def test_a_guardrail_is_judged_against_its_margin(effect: float, verdict: Verdict, lower_is_better: bool) -> None:
    estimate = Estimate(-effect if lower_is_better else effect, 0.2)
    assert judge_guardrail(estimate, margin=1.0, lower_is_better=lower_is_better).verdict == verdict


def test_the_p_value_is_one_sided_at_the_margin() -> None:
    """z = (-0.671 + 1) / 0.2 = 1.645: 5 %."""
    assert judge_guardrail(Estimate(1.644854 * 0.2 - 1, 0.2), margin=1.0).p_value == pytest.approx(0.05, rel=1e-5)


def test_a_metric_that_suffered_by_the_whole_margin_passes_in_one_of_twenty() -> None:
    """20,000 runs, Monte-Carlo error 0.15 %."""
    effects = np.random.default_rng(111).normal(-1, 0.2, 20_000).tolist()
    held = np.mean([judge_guardrail(Estimate(effect, 0.2), margin=1.0).verdict == "holds" for effect in effects])
    assert held == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / 20_000))


def test_a_guardrail_without_a_margin_is_refused() -> None:
    with pytest.raises(InvalidData, match="margin"):
        judge_guardrail(Estimate(0.0, 1.0), margin=0.0)


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
