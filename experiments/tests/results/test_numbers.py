"""The numbers of a report are those of the statistics, held against tea-tasting where it knows them."""

import math
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import tea_tasting as tt

from experiments.analysis.sums import Cell, MetricSums, Sums
from experiments.results.asked import AskedMetric
from experiments.stats.moments import merge, moments_of
from experiments.stats.proportions import Conversions, exact_p_value
from experiments.tests.results.making import (
    BASKET,
    BEGUN_AT,
    CONVERSION,
    LOADING,
    REFUNDS,
    REVENUE,
    asked_of,
    converted,
    report,
    shop,
    sums_of,
    valued,
)
from experiments.tests.stats.oracle import judged

ALONE: dict[str, Any] = {"method": "fixed", "correction": "none"}


def treatment(document: dict[str, Any], at: int = 0) -> dict[str, Any]:
    found: dict[str, Any] = document["metrics"][at]["variants"][1]
    return found


def total(sums: Sums, metric: str, variant: str) -> Any:
    return merge([moments for cell, moments in sums.metrics[metric].by_cell.items() if cell.variant == variant])


@pytest.mark.parametrize(
    ("metric", "uses_past", "oracle", "names"),
    [
        (REVENUE, False, tt.Mean("y"), "yx"),
        (REVENUE, True, tt.Mean("y", "x"), "yx"),
        (CONVERSION, True, tt.Mean("y", "x"), "yx"),
        (BASKET, True, tt.RatioOfMeans("y", "d"), "yd"),
    ],
    ids=["mean", "mean-past", "rate-past", "ratio-without-past"],
)
def test_a_fixed_horizon_says_what_tea_tasting_says(
    metric: AskedMetric, uses_past: bool, oracle: Any, names: str
) -> None:
    sums = shop(4000)
    found = treatment(report(asked_of(metric, uses_past=uses_past, **ALONE), sums))
    control, other = (total(sums, metric.key, variant) for variant in ("control", "treatment"))
    expected = judged(control, other, oracle, names)
    assert found["p_value"] == pytest.approx(expected.pvalue, rel=1e-6)
    assert found["interval"] == pytest.approx([expected.effect_size_ci_lower, expected.effect_size_ci_upper], rel=1e-6)
    assert found["value"] == pytest.approx(other.mean[0] / (other.mean[1] if metric is BASKET else 1))


def test_the_value_is_unadjusted_and_the_difference_is_not() -> None:
    sums = shop(4000)
    found = report(asked_of(REVENUE), sums)["metrics"][0]["variants"]
    raw = found[1]["value"] - found[0]["value"]
    assert found[1]["adjusted_by_past"]
    assert abs(found[1]["difference"] - raw) > 1e-6
    assert "adjusted_by_past" in [caution["code"] for caution in found[1]["cautions"]]


def test_sparse_conversions_are_judged_exactly_and_never_proven() -> None:
    found = treatment(report(asked_of(CONVERSION, **ALONE), converted(control=(0, 5000), treatment=(40, 5000))))
    assert found["p_value"] == pytest.approx(exact_p_value(Conversions(0, 5000), Conversions(40, 5000)))
    assert 0 < found["p_value"] < 1e-11
    assert found["lift"] is None
    assert 0.5 < found["chance_to_win"] < 1


def test_always_valid_results_say_nothing_before_enough_units_count() -> None:
    found = treatment(report(asked_of(CONVERSION), converted(control=(9, 1000), treatment=(39, 1000))))
    assert (found["p_value"], found["interval"], found["difference"]) == (None, None, None)
    assert found["cautions"][0]["code"] == "burn_in"
    later = treatment(report(asked_of(CONVERSION), converted(control=(11, 1000), treatment=(39, 1000))))
    assert later["p_value"] < 0.05


def test_few_large_values_count_for_fewer_units_than_have_them() -> None:
    """Fifty buyers of whom two are whales are not yet fifty that count."""
    rows = np.concatenate([np.full(48, 1.0), np.full(2, 100.0), np.zeros(950)])
    found = treatment(report(asked_of(REVENUE), valued(control=rows, treatment=rows * 1.1)))
    assert found["cautions"][0]["code"] == "burn_in"


def test_what_always_valid_results_excluded_stays_excluded() -> None:
    asked = asked_of(CONVERSION, planned_units=20_000)
    first = report(asked, converted(control=(300, 3000), treatment=(420, 3000)))
    second = report(asked, converted(control=(330, 3300), treatment=(400, 3300)), first)
    before, now = treatment(first), treatment(second)
    assert now["p_value"] == before["p_value"]
    assert now["interval"][0] >= before["interval"][0] > 0
    assert now["interval"][1] <= before["interval"][1]
    assert second["balance"]["sequential_p_value"] <= first["balance"]["sequential_p_value"]


@pytest.mark.parametrize("changed", [{"planned_units": 5000}, {"confidence": 0.9}, {"uses_past": False}])
def test_looks_by_another_plan_do_not_count(changed: dict[str, Any]) -> None:
    asked = asked_of(CONVERSION, planned_units=20_000)
    first = report(asked, converted(control=(300, 3000), treatment=(420, 3000)))
    sums = converted(control=(330, 3300), treatment=(340, 3300))
    other = replace(asked, plan=replace(asked.plan, **changed))
    assert report(other, sums, first)["metrics"] == report(other, sums)["metrics"]


def test_looks_at_another_definition_of_a_metric_do_not_count() -> None:
    asked = asked_of(CONVERSION)
    first = report(asked, converted(control=(300, 3000), treatment=(420, 3000)))
    sums = converted(control=(330, 3300), treatment=(340, 3300))
    other = asked_of(replace(CONVERSION, definition="paid orders alone"))
    assert treatment(report(other, sums, first))["p_value"] > treatment(first)["p_value"]


def test_between_planned_looks_a_report_repeats_the_last_one() -> None:
    asked = asked_of(CONVERSION, method="group_sequential", planned_units=10_000, looks=4)
    early = report(asked, converted(control=(50, 1000), treatment=(70, 1000)))
    assert treatment(early)["p_value"] is None
    assert treatment(early)["cautions"][0]["code"] == "before_first_look"
    first = report(asked, converted(control=(150, 1500), treatment=(200, 1500)), early)
    assert first["looks"] == {"number": 1, "planned": 4, "fractions": [0.3], "is_new": True}
    between = report(asked, converted(control=(150, 2000), treatment=(400, 2000)), first)
    assert treatment(between)["p_value"] == treatment(first)["p_value"]
    assert treatment(between)["value"] == 0.2
    last = report(asked, converted(control=(500, 6000), treatment=(650, 6000)), between)
    assert last["looks"]["fractions"] == [0.3, 1.0]
    assert treatment(last)["is_significant"]


def test_one_family_is_all_goals_in_all_treatments_without_guardrails() -> None:
    asked = asked_of(CONVERSION, REFUNDS, variants=("control", "b", "c"), correction="bonferroni", method="fixed")
    rates = converted(control=(500, 5000), b=(560, 5000), c=(500, 5000))
    refunds = replace(rates.metrics["conversion"])
    sums = replace(rates, metrics={**rates.metrics, "refunds": refunds})
    goal, guardrail = (entry["variants"] for entry in report(asked, sums)["metrics"])
    assert goal[1]["adjusted_p_value"] == pytest.approx(2 * goal[1]["p_value"])
    assert guardrail[1]["adjusted_p_value"] == guardrail[1]["p_value"]
    alone = report(replace(asked, plan=replace(asked.plan, correction="none")), sums)["metrics"][0]["variants"]
    assert goal[1]["interval"][0] < alone[1]["interval"][0]


def test_beliefs_of_few_conversions_hardly_leave_the_prior() -> None:
    asked = asked_of(CONVERSION, method="bayesian", prior_deviation=0.05)
    found = treatment(report(asked, converted(control=(1, 100), treatment=(5, 100))))
    assert found["chance_to_win"] == pytest.approx(0.5, abs=0.05)
    assert found["lift"]["interval"] == pytest.approx([-0.1, 0.1], abs=0.06)
    assert found["p_value"] is None


def test_beliefs_of_rates_and_of_averages_agree_where_both_hold() -> None:
    counts = {"control": (2000, 40_000), "treatment": (2150, 40_000)}
    rate = treatment(report(asked_of(CONVERSION, method="bayesian"), converted(**counts)))
    rows = {name: np.repeat([1.0, 0.0], [count, n - count]) for name, (count, n) in counts.items()}
    mean = treatment(report(asked_of(REVENUE, method="bayesian"), valued(**rows)))
    assert rate["chance_to_win"] == pytest.approx(mean["chance_to_win"], abs=0.01)
    assert rate["expected_loss"] == pytest.approx(mean["expected_loss"], rel=0.15)
    assert rate["interval"] == pytest.approx(mean["interval"], abs=1e-4)


def test_where_down_is_good_the_chance_to_win_is_the_other_one() -> None:
    sums = converted(control=(500, 5000), treatment=(450, 5000))
    up = treatment(report(asked_of(CONVERSION), sums))
    down = treatment(report(asked_of(replace(CONVERSION, direction="down")), sums))
    assert up["chance_to_win"] + down["chance_to_win"] == pytest.approx(1)
    assert down["expected_loss"] < up["expected_loss"]
    assert (up["p_value"], up["interval"]) == (down["p_value"], down["interval"])


@pytest.mark.parametrize("method", ["fixed", "sequential", "bayesian"])
@pytest.mark.parametrize(
    ("refunds", "harmed", "unharmed"), [(1.3, True, False), (1.0, False, True), (1.08, False, False)]
)
def test_guardrails_are_harmed_safe_or_open(method: str, refunds: float, harmed: bool, unharmed: bool) -> None:
    """Ten per cent more refunds are allowed."""
    rng = np.random.default_rng(3)
    n = 60_000 if refunds != 1.08 else 10_000
    people = rng.poisson(0.3, n).astype(float)
    cells = {
        Cell("control", BEGUN_AT.date()): moments_of(people),
        Cell("treatment", BEGUN_AT.date()): moments_of(people * refunds),
    }
    sums = sums_of(dict.fromkeys(cells, n), refunds=MetricSums(by_cell=cells))
    found = treatment(report(asked_of(REFUNDS, method=method, prior_deviation=0.5), sums))["guardrail"]
    assert (found["is_harmed"], found["is_unharmed"]) == (harmed, unharmed)


def test_quantiles_come_with_their_own_error_and_without_days() -> None:
    document = report(asked_of(LOADING, **ALONE), shop(2000))
    found = treatment(document)
    arm = shop(2000).metrics["loading"].quantiles["treatment"]
    assert (found["value"], found["units"]) == (arm.mean, arm.n)
    assert found["p_value"] is not None
    assert document["metrics"][0]["over_time"] == []


def test_power_and_days_left_follow_the_smallest_effect_worth_finding() -> None:
    asked = asked_of(replace(CONVERSION, minimum_effect=0.1), **ALONE)
    found = treatment(report(asked, converted(control=(500, 5000), treatment=(505, 5000))))
    needed = 2 * (1.96 + 0.8416) ** 2 * (0.1 * 0.9 + 0.101 * 0.899) / 0.01**2
    assert found["days_left"] == math.ceil((needed - 10_000) / (10_000 / 28))
    assert 0 < found["power"] < 0.8
    assert found["detectable_effect"] == pytest.approx(0.1 * math.sqrt(needed / 10_000), rel=0.01)
    ended = replace(asked, ended_at=asked.received_until)
    assert treatment(report(ended, converted(control=(500, 5000), treatment=(505, 5000))))["days_left"] is None


def test_the_capped_metric_is_judged_and_the_uncapped_one_told() -> None:
    entry = report(asked_of(REVENUE), shop(4000))["metrics"][0]
    assert entry["cap"] == 250.0
    assert entry["uncapped"][1]["value"] > entry["variants"][1]["value"]


def test_the_last_point_over_time_is_the_whole() -> None:
    entry = report(asked_of(REVENUE, **ALONE), shop(4000, days=90))["metrics"][0]
    points = entry["over_time"]
    assert len(points) == 60
    assert points[-1]["variants"]["treatment"]["lift"] == entry["variants"][1]["lift"]["value"]
    units = [point["variants"]["control"]["units"] for point in points]
    assert units == sorted(units)


def test_parts_of_the_units_add_up_and_the_largest_comes_first() -> None:
    document = report(asked_of(REVENUE), shop(4000))
    values = document["dimensions"][0]["values"]
    assert [value["value"] for value in values] == ["DE", "FR", "US", ""]
    assert sum(value["units"]["control"] for value in values) == document["units"]["variants"]["control"]
    assert values[0]["metrics"][0]["variants"][1]["lift"] is not None


def test_advice_follows_the_chance_to_be_best_and_repeats() -> None:
    sums = converted(control=(500, 5000), treatment=(600, 5000))
    advice = report(asked_of(CONVERSION), sums)["advice"]
    assert advice["shares"]["treatment"] > 0.9
    assert sum(advice["shares"].values()) == pytest.approx(1)
    assert report(asked_of(CONVERSION), sums)["advice"] == advice
    assert report(asked_of(CONVERSION), converted(control=(5, 50), treatment=(6, 50)))["advice"] is None
