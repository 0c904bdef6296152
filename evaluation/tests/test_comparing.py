"""Two documents differ path by path, and each difference is told once."""

from typing import Any

import pytest

from evaluation.comparing import Difference, differences


def told(before: Any, after: Any) -> list[tuple[str, Any, Any]]:
    return [(each.path, each.before, each.after) for each in differences(before, after)]


def test_the_same_differs_nowhere() -> None:
    assert told({"a": {"b": [1, "x"]}}, {"a": {"b": [1, "x"]}}) == []


def test_a_value_is_told_at_its_path() -> None:
    assert told({"serve": {"variant": "off"}}, {"serve": {"variant": "on"}}) == [("serve.variant", "off", "on")]


def test_a_name_that_came_or_went_is_told_as_a_whole() -> None:
    before, after = {"serve": {"variant": "on"}}, {"serve": {"split": {"salt": "s"}}}
    assert told(before, after) == [("serve.variant", "on", None), ("serve.split", None, {"salt": "s"})]


@pytest.mark.parametrize(("before", "after"), [(True, 1), (1, 1.0), (0, False), (None, ""), ("1", 1)])
def test_what_only_python_calls_equal_differs(before: Any, after: Any) -> None:
    assert list(differences({"value": before}, {"value": after})) == [Difference("value", before, after)]


def test_null_is_not_the_same_as_missing() -> None:
    assert told({"payload": {}}, {"payload": {"a": None}}) == [("payload.a", None, None)]


@pytest.mark.parametrize("name", ["id", "key", "variant", "flag"])
def test_parts_of_a_list_are_known_by_their_names(name: str) -> None:
    one, two = {name: "one", "weight": 1}, {name: "two", "weight": 2}
    assert told({"parts": [one, two]}, {"parts": [two]}) == [("parts[one]", one, None)]
    assert told({"parts": [one]}, {"parts": [two, one]}) == [("parts[two]", None, two)]
    assert told({"parts": [one, two]}, {"parts": [one, {**two, "weight": 3}]}) == [("parts[two].weight", 2, 3)]


def test_another_order_is_told_by_names() -> None:
    a, b = {"id": "a"}, {"id": "b"}
    assert told({"rules": [a, b]}, {"rules": [b, a]}) == [("rules (order)", ["a", "b"], ["b", "a"])]


def test_a_part_that_went_changes_no_order() -> None:
    rules = [{"id": each} for each in "abc"]
    assert [path for path, _, _ in told({"rules": rules}, {"rules": rules[1:]})] == ["rules[a]"]


def test_of_a_list_of_texts_what_went_and_what_came_is_told() -> None:
    before, after = ["alice", "bob"], ["bob", "carol"]
    assert told({"included": before}, {"included": after}) == [("included", ["alice"], ["carol"])]


def test_texts_in_another_order_are_told_as_a_whole() -> None:
    assert told({"included": ["a", "b"]}, {"included": ["b", "a"]}) == [("included", ["a", "b"], ["b", "a"])]


def test_objects_without_names_are_compared_in_their_places() -> None:
    before = [{"attribute": "plan", "value": "pro"}, {"attribute": "age", "value": 3}]
    after = [before[0], {"attribute": "age", "value": 4}]
    assert told({"all": before}, {"all": after}) == [("all[1].value", 3, 4)]


def test_objects_that_share_a_name_are_no_parts_to_name() -> None:
    before, after = [{"id": "a"}, {"id": "a"}], [{"id": "a"}]
    assert told({"rules": before}, {"rules": after}) == [("rules", before, after)]


def test_ranges_are_told_as_a_whole() -> None:
    assert told({"ranges": [[0, 5]]}, {"ranges": [[0, 6]]}) == [("ranges", [[0, 5]], [[0, 6]])]


def test_a_new_document_is_told_by_its_parts() -> None:
    assert told(None, {"key": "x", "enabled": True}) == [("key", None, "x"), ("enabled", None, True)]


def test_a_document_that_is_no_json_is_told_as_text() -> None:
    assert told('{"schema": 1', {"schema": 1}) == [("", '{"schema": 1', {"schema": 1})]
