"""A metric's filter is a list of conditions that the engine can mean; what it cannot is refused at its place."""

from typing import Any

import pytest

from experiments.metrics.filters import clean_filter
from flags.cleaners import Wrong

GERMAN = {"attribute": "country", "operator": "eq", "value": "DE"}


@pytest.mark.parametrize(
    ("given", "path"),
    [
        (None, ""),
        ({"all": []}, ""),
        ([GERMAN] * 21, ""),
        (["country"], ".0"),
        ([GERMAN, {"attribute": "country", "operator": "eq"}], ".1.value"),
        ([{**GERMAN, "attribute": ""}], ".0.attribute"),
        ([{**GERMAN, "attribute": 3}], ".0.attribute"),
        ([{**GERMAN, "attribute": "a..b"}], ".0.attribute"),
        ([{**GERMAN, "attribute": "a.*"}], ".0.attribute"),
        ([{**GERMAN, "attribute": "a\\"}], ".0.attribute"),
        ([{**GERMAN, "attribute": "a\nb"}], ".0.attribute"),
        ([{**GERMAN, "value": 2**53 + 1}], ".0.value"),
        ([{**GERMAN, "operator": "matches"}], ".0.operator"),
        ([{**GERMAN, "operator": ["eq"]}], ".0.operator"),
        ([{**GERMAN, "negate": True}], ".0.negate"),
        ([{**GERMAN, "value": ["DE"]}], ".0.value"),
        ([{**GERMAN, "value": {}}], ".0.value"),
        ([{**GERMAN, "value": None}], ".0.value"),
        ([{**GERMAN, "value": float("nan")}], ".0.value"),
        ([{**GERMAN, "value": "\x00"}], ".0.value"),
        ([{**GERMAN, "operator": "in", "value": "DE"}], ".0.value"),
        ([{**GERMAN, "operator": "in", "value": []}], ".0.value"),
        ([{**GERMAN, "operator": "in", "value": ["DE"] * 101}], ".0.value"),
        ([{**GERMAN, "operator": "gt", "value": "3"}], ".0.value"),
        ([{**GERMAN, "operator": "ends_with", "value": 3}], ".0.value"),
        ([{**GERMAN, "operator": "between", "value": [2, 1]}], ".0.value"),
        ([{**GERMAN, "operator": "exists", "value": "yes"}], ".0.value"),
        ([{**GERMAN, "attribute": "$value"}], ".0.value"),
        ([{**GERMAN, "attribute": "$value", "value": True}], ".0.value"),
    ],
    ids=str,
)
def test_what_cannot_be_met_is_refused_where_it_stands(given: Any, path: str) -> None:
    with pytest.raises(Wrong) as refused:
        clean_filter(given)
    assert refused.value.path == path
    assert refused.value.sentence.endswith(".")


def test_what_can_be_met_is_kept_as_it_is() -> None:
    given = [
        GERMAN,
        {"attribute": "plan", "operator": "not_in", "value": ["free", 3, True]},
        {"attribute": "page", "operator": "starts_with", "value": "/shop"},
        {"attribute": "$value", "operator": "between", "value": [0, 99.5]},
        {"attribute": "coupon", "operator": "exists", "value": False},
    ]
    assert clean_filter(given) == given


def test_a_condition_is_settled_as_it_is_stored() -> None:
    given = [{"attribute": "plan", "operator": "notIn", "value": ["free"]}, {"attribute": "x", "operator": "exists"}]
    assert clean_filter(given) == [
        {"attribute": "plan", "operator": "not_in", "value": ["free"]},
        {"attribute": "x", "operator": "exists", "value": True},
    ]
