"""Input fields take their own JSON type, by their own name in snake_case or camelCase, once."""

from typing import Any

import pytest
from rest_framework import serializers

from accounts.strict_input import Email, OneOf, StrictInput, Text, TrueOrFalse, WholeNumber, snake_case


class Thing(StrictInput):
    name = Text(required=False)
    is_on = TrueOrFalse(required=False)
    how_many = WholeNumber(required=False)
    kind = OneOf(choices=["a", "b"], required=False)
    e_mail = Email(required=False)
    made_at = serializers.DateTimeField(read_only=True)


def problems(body: Any) -> set[str]:
    thing = Thing(data=body)
    assert not thing.is_valid()
    return set(thing.errors)


def values(body: Any) -> dict[str, Any]:
    thing = Thing(data=body)
    assert thing.is_valid(), thing.errors
    return dict(thing.validated_data)


@pytest.mark.parametrize("value", [1, 1.5, True, None, [], {}])
def test_text_is_a_string(value: Any) -> None:
    assert problems({"name": value}) == {"name"}


@pytest.mark.parametrize("value", ["true", "on", 1, 0, "", None, []])
def test_boolean_is_true_or_false(value: Any) -> None:
    assert problems({"is_on": value}) == {"is_on"}


@pytest.mark.parametrize("value", ["1", 1.0, True, None, []])
def test_whole_number_is_a_number(value: Any) -> None:
    assert problems({"how_many": value}) == {"how_many"}


@pytest.mark.parametrize("value", ["c", "A", 1, None, ["a"], {}])
def test_choice_is_one_of_the_strings(value: Any) -> None:
    assert problems({"kind": value}) == {"kind"}


def test_right_types_pass() -> None:
    given = {"name": "n", "is_on": False, "how_many": 0, "kind": "a", "e_mail": "A@Example.com"}
    assert values(given) == {**given, "e_mail": "a@example.com"}


def test_camel_case_is_another_spelling() -> None:
    assert values({"isOn": True, "howMany": 2}) == {"is_on": True, "how_many": 2}


def test_both_spellings_at_once_are_refused() -> None:
    assert problems({"isOn": True, "is_on": True}) == {"is_on"}


@pytest.mark.parametrize("name", ["is_onn", "IsOn", "ison", "is-on", "", "isOn ", "__class__", "ISON"])
def test_unknown_field_is_refused_by_the_name_it_was_given(name: str) -> None:
    assert problems({name: True}) == {name}


def test_unknown_fields_and_wrong_types_are_told_together() -> None:
    assert problems({"isOn": 1, "colour": "red"}) == {"is_on", "colour"}


def test_what_is_only_read_may_be_sent_and_is_ignored() -> None:
    assert values({"made_at": "anything", "name": "n"}) == {"name": "n"}


@pytest.mark.parametrize("body", [[], "x", 5, None, True])
def test_body_is_an_object(body: Any) -> None:
    assert not Thing(data=body).is_valid()


@pytest.mark.parametrize(
    ("camel", "snake"),
    [
        ("isProtected", "is_protected"),
        ("environmentId", "environment_id"),
        ("rangeStart", "range_start"),
        ("key", "key"),
        ("is_on", "is_on"),
        ("Name", "Name"),
    ],
)
def test_names_in_camel_case_become_snake_case(camel: str, snake: str) -> None:
    assert snake_case(camel) == snake
