"""An event is taken as its sender means it, or is refused with a code and a sentence that says what to do."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from experiments.events.instants import DAY, EPOCH, SECOND
from experiments.events.items import MAX_ATTRIBUTES, Rejected
from experiments.tests.events.given import NOW, SOMEWHERE, exposure, item, purchase

NOON = datetime(2026, 3, 20, 12, 0, tzinfo=UTC)
BAD: dict[str, tuple[Any, str]] = {
    "a number": (3, "not_an_object"),
    "a list": ([exposure()], "not_an_object"),
    "nothing": (None, "not_an_object"),
    "an empty object": ({}, "unknown_type"),
    "another type": (exposure(type="click"), "unknown_type"),
    "a type that is no text": (exposure(type=["metric"]), "unknown_type"),
    "a field that is not known": (exposure(atributes={}), "unknown_field"),
    "a value of an exposure": (exposure(value=1), "unknown_field"),
    "a variant of a metric event": (purchase(variant="control"), "unknown_field"),
    "no experiment and no flag": (exposure(experiment=None), "missing"),
    "both": (exposure(flag="button"), "invalid"),
    "no variant": (exposure(variant=None), "missing"),
    "an empty variant": (exposure(variant=""), "missing"),
    "a variant that is a number": (exposure(variant=1), "invalid"),
    "a name that is too long": (purchase(name="x" * 101), "too_long"),
    "no user": (exposure(user_key=None), "missing"),
    "an empty user": (exposure(user_key=""), "missing"),
    "a user that is true": (exposure(user_key=True), "invalid"),
    "a user that is a fraction": (exposure(user_key=1.5), "invalid"),
    "a user that is an object": (exposure(user_key={"id": "u"}), "invalid"),
    "a user that is too long": (exposure(user_key="x" * 256), "too_long"),
    "a value that is text": (purchase(value="12.5"), "invalid"),
    "a value that is true": (purchase(value=True), "invalid"),
    "a value that is NaN": (purchase(value=float("nan")), "not_storable"),
    "a value that is infinite": (purchase(value=float("-inf")), "not_storable"),
    "a value that is too large": (purchase(value=10**400), "not_storable"),
    "a value whose square is no number": (purchase(value=-1.1e30), "invalid"),
    "an id that is a number": (exposure(event_id=7), "invalid"),
    "an empty id": (exposure(event_id=""), "missing"),
    "an id that is too long": (exposure(event_id="x" * 101), "too_long"),
    "attributes that are a list": (exposure(attributes=["DE"]), "invalid"),
    "attributes that are too deep": (exposure(attributes={"a": {"b": {"c": [[]]}}}), "too_deep"),
    "attributes that are too large": (exposure(attributes={"a": "x" * MAX_ATTRIBUTES}), "too_large"),
    "NUL": (exposure(user_key="a\x00b"), "not_storable"),
    "NUL in an attribute's name": (exposure(attributes={"a": [{"\x00": 1}]}), "not_storable"),
    "half of a surrogate pair": (exposure(attributes={"a": "\ud800"}), "not_storable"),
    "an infinite attribute": (exposure(attributes={"a": [float("inf")]}), "not_storable"),
    "a timestamp without a zone": (exposure(timestamp="2026-03-20T12:00:00"), "bad_timestamp"),
    "a timestamp that is a word": (exposure(timestamp="yesterday"), "bad_timestamp"),
    "a timestamp that is true": (exposure(timestamp=True), "bad_timestamp"),
    "a timestamp beyond all times": (exposure(timestamp=1e300), "bad_timestamp"),
    "a timestamp of another day": (exposure(timestamp=0), "timestamp_outside"),
    "a timestamp eight days ago": (exposure(timestamp=(NOW - 8 * DAY) / SECOND), "timestamp_outside"),
    "a timestamp to come": (exposure(timestamp=(NOW + 601 * SECOND) / SECOND), "timestamp_outside"),
}


@pytest.mark.parametrize(("given", "code"), BAD.values(), ids=BAD.keys())
def test_what_cannot_be_taken_is_refused_in_words(given: Any, code: str) -> None:
    with pytest.raises(Rejected) as refused:
        item(given, is_plain=False)
    assert refused.value.code == code
    assert refused.value.message[-1] == "."


def test_an_exposure_says_who_saw_what_when() -> None:
    found = item(exposure(event_id="a", timestamp="2026-03-20T13:00:00+01:00", attributes={"plan": "pro", "age": 7}))
    assert found[:8] == (SOMEWHERE, NOW // DAY, "a", "exposure", "button-color", "control", "user-1", None)
    assert (found.at, json.loads(found.attributes)) == (NOW, {"plan": "pro", "age": 7})


def test_a_metric_event_has_a_value_or_none() -> None:
    assert item(purchase()).value == 12.5
    assert item(purchase(value=3)).value == 3.0
    assert item(purchase(value=None)).value is None


def test_names_of_other_clients_are_understood() -> None:
    given = {"type": "exposure", "flagKey": "button", "variantKey": "control", "userId": 7, "eventId": "a"}
    found = item(given)
    assert (found.kind, found.name, found.variant, found.user_key, found.event_id) == (
        ("flag", "button", "control", "7", "a")  # a whole number is text, as for decisions
    )


@pytest.mark.parametrize("given", [1_774_008_000, 1_774_008_000.0, 1_774_008_000_000, "2026-03-20T12:00:00Z"])
def test_a_timestamp_is_text_or_seconds_or_milliseconds(given: Any) -> None:
    assert item(exposure(timestamp=given)).at == NOW


def test_microseconds_are_kept() -> None:
    at = item(exposure(timestamp="2026-03-20T12:00:00.123457Z")).at
    assert EPOCH + timedelta(microseconds=at) == NOON.replace(microsecond=123457)


def test_an_event_without_a_time_happened_when_it_came() -> None:
    assert item(exposure(), now=NOW + 5).at == NOW + 5


def test_an_event_without_an_id_has_the_same_one_whenever_it_is_sent_again() -> None:
    given = purchase(attributes={"a": 1, "b": 2})
    again = item({**given, "attributes": {"b": 2, "a": 1}}, now=NOW + SECOND)
    assert item(given).event_id == again.event_id


@pytest.mark.parametrize("change", [{"value": 12.6}, {"user_key": "u"}, {"name": "n"}, {"timestamp": NOW / SECOND}])
def test_an_event_that_says_something_else_has_another_id(change: dict[str, Any]) -> None:
    assert item(purchase()).event_id != item(purchase(**change)).event_id
