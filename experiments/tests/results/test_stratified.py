"""Where shares changed on the way, variants are compared within times of equal shares, and not across them."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta

import numpy as np
import pytest

from experiments.analysis.sums import Cell, MetricSums, Sums
from experiments.results.asked import Asked, AskedMetric
from experiments.results.stratified import arms_of_cells
from experiments.stats.arms import Arm, mean_of
from experiments.stats.estimates import difference
from experiments.stats.moments import Moments, moments_of
from experiments.stats.strata import stratified_difference
from experiments.tests.results.making import BEGUN_AT, CONVERSION, asked_of, rate_moments, report, sums_of

REVENUE = AskedMetric("revenue", "mean")
EARLY, CHANGE, LATE = (BEGUN_AT + timedelta(days=days) for days in (0, 7, 10))


def of(mean: float, n: int, seed: int) -> Moments:
    return moments_of(np.random.default_rng(seed).normal(mean, 1, n))


def cells(values: Mapping[tuple[str, datetime], tuple[float, int]]) -> dict[Cell, Moments]:
    found = enumerate(values.items())
    return {Cell(name, at.date()): of(mean, n, seed) for seed, ((name, at), (mean, n)) in found}


# Treatment is better by 1 in both times, but most of its units came when everybody spent little.
SIMPSON = cells(
    {
        ("control", EARLY): (20, 9_000),
        ("treatment", EARLY): (21, 1_000),
        ("control", LATE): (10, 1_000),
        ("treatment", LATE): (11, 9_000),
    }
)
TIMES = (1_000, 0), (9_000, 10)  # the control's units, and how much faster it is
CHANGED = replace(asked_of(REVENUE), split_changes=(CHANGE,))


def sums(found: Mapping[Cell, Moments]) -> Sums:
    return sums_of({cell: moments.n for cell, moments in found.items()}, revenue=MetricSums(found))


def told(asked: Asked, found: Mapping[Cell, Moments]) -> dict[str, object]:
    return report(asked, sums(found))["metrics"][0]["variants"][1]  # type: ignore[no-any-return]


def test_a_changed_split_does_not_turn_a_better_variant_into_a_worse_one() -> None:
    assert told(asked_of(REVENUE), SIMPSON)["difference"] < -5  # type: ignore[operator]
    assert told(CHANGED, SIMPSON)["difference"] == pytest.approx(1, abs=0.1)


def test_neither_in_a_part_of_the_units() -> None:
    parted = replace(
        sums(SIMPSON),
        metrics={"revenue": MetricSums(SIMPSON, by_dimension={"country": {"DE": SIMPSON}})},
        units_by_dimension={"country": {"DE": {cell: moments.n for cell, moments in SIMPSON.items()}}},
    )
    for asked, wanted in ((asked_of(REVENUE), -7), (CHANGED, 1)):
        (value,) = report(asked, parted)["dimensions"][0]["values"]
        (metric,) = value["metrics"]
        assert metric["variants"][1]["difference"] == pytest.approx(wanted, abs=0.2)


def test_nor_of_a_quantile() -> None:
    """Loading takes a second less in both times, and most of the treatment's units came when it took long."""
    early, late = ({"control": Arm(n, 20 - at, 1), "treatment": Arm(10_000 - n, 19 - at, 1)} for n, at in TIMES)
    pooled = {"control": Arm(10_000, 11, 1), "treatment": Arm(10_000, 18, 1)}
    loading = AskedMetric("loading", "quantile", direction="down", quantile=0.9)
    found = sums_of(
        {Cell(variant, EARLY.date()): 10_000 for variant in pooled},
        loading=MetricSums(quantiles=pooled, quantiles_by_time={0: late, 2: early}),
    )
    changed = replace(CHANGED, metrics=(loading,))
    (metric,) = report(changed, found)["metrics"]
    assert [each["value"] for each in metric["variants"]] == [11, 18]
    assert metric["variants"][1]["difference"] == pytest.approx(-1)
    assert report(replace(changed, split_changes=()), found)["metrics"][0]["variants"][1]["difference"] == 7


def test_the_values_that_are_shown_stay_those_of_all_units() -> None:
    assert told(CHANGED, SIMPSON)["value"] == told(asked_of(REVENUE), SIMPSON)["value"]


def test_the_last_point_over_time_is_the_result() -> None:
    metric = report(CHANGED, sums(SIMPSON))["metrics"][0]
    assert metric["over_time"][-1]["variants"]["treatment"]["lift"] == metric["variants"][1]["lift"]["value"]


def test_arms_give_the_difference_of_strata() -> None:
    control, treatment = (each.arm for each in arms_of_cells(REVENUE, SIMPSON, CHANGED).within("control", "treatment"))
    assert control
    assert treatment
    strata = [
        (mean_of(SIMPSON[Cell("control", at.date())]), mean_of(SIMPSON[Cell("treatment", at.date())]))
        for at in (EARLY, LATE)
    ]
    found, wanted = difference(control, treatment), stratified_difference(strata)
    assert (found.value, found.standard_error) == pytest.approx((wanted.value, wanted.standard_error))


def test_a_time_in_which_a_variant_had_nobody_says_nothing() -> None:
    alone = cells({("control", EARLY): (20, 9_000), ("control", LATE): (10, 1_000), ("treatment", LATE): (11, 1_000)})
    assert told(CHANGED, alone)["difference"] == pytest.approx(1, abs=0.2)


def test_a_time_with_too_few_units_that_count_is_left_out() -> None:
    """A hundred users at first, none of whom bought, say less than a share of one in a hundred seems to."""
    rates = {("control", EARLY): (99, 9_900), ("treatment", EARLY): (0, 100)}
    late = {("control", LATE): (50, 5_000), ("treatment", LATE): (50, 5_000)}
    found = {Cell(name, at.date()): rate_moments(*counted) for (name, at), counted in (rates | late).items()}
    asked = replace(CHANGED, metrics=(CONVERSION,))
    together = sums_of({cell: moments.n for cell, moments in found.items()}, conversion=MetricSums(found))
    entry = report(asked, together)["metrics"][0]["variants"][1]
    assert entry["difference"] == pytest.approx(0, abs=1e-12)
    assert entry["units"] == 5_100


def test_a_variant_that_was_stopped_does_not_end_the_comparison_of_the_others() -> None:
    stopped = SIMPSON | cells({("third", EARLY): (20, 5_000)})
    asked = replace(CHANGED, variants=asked_of(variants=("control", "treatment", "third")).variants)
    _, treatment, third = report(asked, sums(stopped))["metrics"][0]["variants"]
    assert treatment["difference"] == pytest.approx(told(CHANGED, SIMPSON)["difference"])
    assert third["difference"] == pytest.approx(0, abs=0.1)


def test_the_day_of_the_change_stands_alone() -> None:
    mixed = SIMPSON | cells({("control", CHANGE): (20, 5_000), ("treatment", CHANGE): (10, 5_000)})
    pooled = (1 * 20_000 - 10 * 10_000) / 30_000
    assert told(CHANGED, mixed)["difference"] == pytest.approx(pooled, abs=0.1)


def test_one_time_alone_is_what_it_is_without_a_change() -> None:
    one = {cell: moments for cell, moments in SIMPSON.items() if cell.day == EARLY.date()}
    both = (arms_of_cells(REVENUE, one, asked) for asked in (asked_of(REVENUE), CHANGED))
    unchanged, changed = (arms.within("control", "treatment")[1].arm for arms in both)
    assert unchanged
    assert changed
    assert changed.mean == pytest.approx(unchanged.mean)
