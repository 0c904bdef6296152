"""Where rules of a report meet: corrections and guardrails, pasts and few conversions, directions, near looks."""

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from experiments.analysis.sums import Cell, MetricSums
from experiments.results.asked import AskedPlan
from experiments.results.looks import looks_at
from experiments.stats.moments import Moments, moments_of
from experiments.tests.results.making import BEGUN_AT, CONVERSION, REVENUE, asked_of, converted, report, sums_of, valued

DAY = BEGUN_AT.date()


def treatment(document: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = document["metrics"][0]["variants"][1]
    return found


def test_intervals_of_guardrails_are_not_widened() -> None:
    sums = converted(control=(500, 5000), b=(560, 5000), c=(500, 5000))
    guardrail = replace(CONVERSION, role="guardrail", margin=0.1)
    asked = asked_of(guardrail, REVENUE, variants=("control", "b", "c"), correction="bonferroni", method="fixed")
    alone = asked_of(guardrail, method="fixed", variants=("control", "b", "c"))
    assert treatment(report(asked, sums))["interval"] == treatment(report(alone, sums))["interval"]


def test_few_conversions_keep_their_past_and_their_exact_test() -> None:
    rng = np.random.default_rng(5)
    past = rng.integers(0, 2, 1000).astype(float)
    rows = {"control": np.column_stack([np.arange(1000) < 2, past]), "treatment": np.column_stack([past, past])}
    cells = {Cell(variant, DAY): moments_of(each.astype(float)) for variant, each in rows.items()}
    sums = sums_of(dict.fromkeys(cells, 1000), conversion=MetricSums(cells))
    found = treatment(report(asked_of(CONVERSION, method="fixed"), sums))
    assert not found["adjusted_by_past"]
    assert found["lift"] is None


def test_where_less_is_better_averages_win_by_falling() -> None:
    rows = np.random.default_rng(5).gamma(2, 2, 5000)
    sums = valued(control=rows, treatment=rows * 0.8)
    document = report(asked_of(replace(REVENUE, direction="down")), sums)
    assert treatment(document)["chance_to_win"] > 0.99
    assert document["advice"]["shares"]["treatment"] > 0.9


def test_days_left_count_the_units_of_the_pair_alone() -> None:
    metric = replace(CONVERSION, minimum_effect=0.05)
    pair = converted(control=(500, 5000), treatment=(505, 5000))
    three = converted(control=(500, 5000), treatment=(505, 5000), third=(500, 5000))
    two = treatment(report(asked_of(metric, method="fixed"), pair))
    among = treatment(report(asked_of(metric, method="fixed", variants=("control", "treatment", "third")), three))
    assert among["days_left"] == pytest.approx(two["days_left"], abs=1)


def test_looks_are_never_nearer_than_a_hundredth_of_the_plan() -> None:
    plan = AskedPlan(method="group_sequential", planned_units=10_000, looks=5)
    late = {"looks": {"fractions": [0.395]}}
    for units, fractions in ((4000, (0.395,)), (4060, (0.395, 0.406)), (50_000, (0.395, 1.0))):
        found = looks_at(units, plan, earlier=late)
        assert found is not None
        assert found.fractions == fractions


def test_the_last_look_is_kept_for_the_end() -> None:
    plan = AskedPlan(method="group_sequential", planned_units=10_000, looks=5)
    before = {"looks": {"fractions": [0.6]}}
    near, end = (looks_at(units, plan, earlier=before) for units in (9_960, 10_000))
    assert near
    assert not near.is_new
    assert end
    assert (end.number, end.is_new) == (5, True)


def test_beliefs_are_not_corrected() -> None:
    sums = converted(control=(1000, 10_000), treatment=(1100, 10_000))
    goals = (CONVERSION, replace(CONVERSION, key="other"))
    alone, corrected = (
        report(asked_of(*goals, method="bayesian", correction=correction), sums)["metrics"][0]["variants"][1]
        for correction in ("none", "bonferroni")
    )
    assert alone["interval"] == corrected["interval"]


def test_what_floats_cannot_hold_is_not_told() -> None:
    """A change of so little is detected at infinity, which JSON has no word for."""
    cells = {
        Cell(variant, DAY): Moments(1000, np.array([mean]), np.array([[1e80]]))
        for variant, mean in (("control", 1e-290), ("treatment", 2e-290))
    }
    sums = sums_of(dict.fromkeys(cells, 1000), revenue=MetricSums(cells))
    assert treatment(report(asked_of(REVENUE, method="fixed"), sums))["detectable_effect"] is None
