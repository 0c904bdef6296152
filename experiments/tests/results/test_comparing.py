"""Two documents are the same to the ninth digit, and where they are not, the place is told."""

import pytest

from experiments.results.comparing import differences

TOLD = {"method": "fixed", "metrics": [{"metric": "revenue", "variants": [{"variant": "b", "p_value": 0.05}]}]}


def with_p_value(value: object) -> object:
    return {"method": "fixed", "metrics": [{"metric": "revenue", "variants": [{"variant": "b", "p_value": value}]}]}


@pytest.mark.parametrize("value", [0.05, 0.05 * (1 + 1e-10)])
def test_numbers_that_differ_by_the_order_of_a_sum_are_the_same(value: float) -> None:
    assert list(differences(TOLD, with_p_value(value))) == []


@pytest.mark.parametrize("value", [0.05 * (1 + 1e-8), None, True, "0.05"])
def test_anything_else_is_told_with_its_place(value: object) -> None:
    place = "metrics[revenue].variants[b].p_value"
    assert list(differences(TOLD, with_p_value(value))) == [f"{place}: 0.05 in the report, {value!r} now"]


def test_what_is_missing_on_either_side_is_told() -> None:
    assert list(differences({"a": 1}, {"b": [2]})) == [
        "a: 1 in the report, nothing now",
        "b: nothing in the report, [2] now",
    ]
    assert list(differences([1], [1, 2])) == ["the document: [1] in the report, [1, 2] now"]


def test_a_sentence_that_is_put_better_is_no_difference() -> None:
    told, better = ({"state": "loser", "sentence": sentence} for sentence in ("It loses.", "B loses against A."))
    assert list(differences({"verdict": told}, {"verdict": better})) == []
    assert list(differences({"verdict": told}, {"verdict": {**better, "state": "winner"}})) != []
