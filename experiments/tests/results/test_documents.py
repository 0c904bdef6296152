"""A report is a document: JSON with finite numbers whatever the sums, the same in any order, and made again exactly."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from itertools import permutations
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.analysis.sums import Cell, MetricSums, Sums
from experiments.results.asked import Asked, Method
from experiments.stats.moments import moments_of
from experiments.tests.results.making import (
    BASKET,
    BEGUN_AT,
    CONVERSION,
    LOADING,
    REFUNDS,
    REVENUE,
    asked_of,
    report,
    shop,
    sums_of,
)

METHODS = get_args(Method)
EVERYTHING = (CONVERSION, REVENUE, REFUNDS, BASKET, LOADING)
values = st.sampled_from([0.0, 1.0, 2.0, 1e-9, 1e9, -3.0, 1e40, 1e-200])
arms = st.lists(st.lists(values, min_size=4, max_size=4), max_size=8)


@pytest.mark.parametrize("method", METHODS)
def test_a_document_is_plain_json_and_comes_back_the_same(method: Method) -> None:
    document = report(asked_of(*EVERYTHING, method=method, planned_units=20_000), shop(2000))
    assert json.loads(json.dumps(document, allow_nan=False)) == document


def test_what_was_asked_comes_back_from_json_exactly() -> None:
    asked = replace(asked_of(*EVERYTHING, looks=4), ended_at=BEGUN_AT + timedelta(days=9, microseconds=1))
    assert Asked.from_json(json.loads(json.dumps(asked.to_json()))) == asked
    assert Asked.from_json({**asked.to_json(), "dimensions": []}) == asked


@pytest.mark.parametrize("method", METHODS)
@settings(max_examples=40, deadline=None)
@given(arms, arms, st.sampled_from([0.0, 0.5, 1.0]))
def test_any_sums_give_finite_numbers_or_none(
    method: Method, control: list[list[float]], treatment: list[list[float]], rate: float
) -> None:
    rows = {"control": np.reshape(control, (-1, 4)), "treatment": np.reshape(treatment, (-1, 4))}
    cells = {Cell(variant, date(2026, 3, 2)): each for variant, each in rows.items() if len(each)}
    wide = {cell: moments_of(each) for cell, each in cells.items()}
    binary = {cell: moments_of((each[:, :2] > rate).astype(float)) for cell, each in cells.items()}
    sums = sums_of(
        {cell: len(each) for cell, each in cells.items()},
        conversion=MetricSums(binary),
        revenue=MetricSums(wide),
        refunds=MetricSums(wide),
        basket=MetricSums(wide),
    )
    document = report(asked_of(*EVERYTHING, method=method, planned_units=16, correction="none"), sums)
    json.dumps(document, allow_nan=False)
    assert document["verdict"]["sentence"]


@pytest.mark.parametrize("method", METHODS)
def test_the_order_of_metrics_and_variants_changes_no_number(method: Method) -> None:
    sums = with_third(shop(3000))
    plan: dict[str, Any] = {"method": method, "planned_units": 4000}
    first = report(asked_of(*EVERYTHING, variants=("control", "treatment", "third"), **plan), sums)
    other = report(asked_of(*EVERYTHING[::-1], variants=("control", "third", "treatment"), **plan), backwards(sums))
    assert by_name(other) == by_name(first)
    assert other["balance"] == first["balance"]


def test_metrics_stand_in_the_order_they_were_asked_in() -> None:
    for metrics in permutations((CONVERSION, REVENUE, REFUNDS)):
        found = report(asked_of(*metrics), shop(1000))["metrics"]
        assert [entry["metric"] for entry in found] == [metric.key for metric in metrics]


def test_variants_and_metrics_that_were_not_asked_for_are_left_out() -> None:
    document = report(asked_of(CONVERSION), with_third(shop(1000)))
    assert set(document["units"]["variants"]) == {"control", "treatment"}
    assert document["units"]["total"] == 1000
    assert [entry["metric"] for entry in document["metrics"]] == ["conversion"]


def with_third(sums: Sums) -> Sums:
    """The treatment once more, under another name."""

    def doubled(cells: Any, renamed: Callable[[Any], Any]) -> Any:
        return {**cells, **{renamed(cell): each for cell, each in cells.items() if "treatment" in str(cell)}}

    def metric(each: MetricSums) -> MetricSums:
        return replace(
            each,
            by_cell=doubled(each.by_cell, lambda cell: replace(cell, variant="third")),
            quantiles=doubled(each.quantiles, lambda _: "third"),
        )

    metrics = {key: metric(each) for key, each in sums.metrics.items()}
    units = doubled(sums.units, lambda cell: replace(cell, variant="third"))
    return replace(sums, units=units, metrics=metrics, units_by_dimension={})


def backwards(sums: Sums) -> Sums:
    metrics = {key: replace(each, by_cell=dict(reversed(each.by_cell.items()))) for key, each in sums.metrics.items()}
    return replace(sums, units=dict(reversed(sums.units.items())), metrics=metrics)


def by_name(document: dict[str, Any]) -> dict[Any, Any]:
    return {(entry["metric"], each["variant"]): each for entry in document["metrics"] for each in entry["variants"]}
