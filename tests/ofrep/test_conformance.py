"""Every kind of answer is what OFREP's specification says of its status."""

from typing import Any

import orjson
import pytest
from jsonschema import ValidationError

from evaluation.doors.ofrep_stream import _refetch
from evaluation.snapshot import Snapshot
from evaluation.tests.asking import doors_with, flag_document
from evaluation.tests.ofrep import ALL, FLAGS, ONE, doors, post, staging
from tests.ofrep import schema

pytestmark = schema.THERE
CONTEXTS: list[dict[str, Any]] = [{}, {"targetingKey": "alice"}, {"targetingKey": "bob", "plan": "pro"}]
UNREADABLE = [b"{", b"[]", b'{"context": 7}', b'{"context": {"targetingKey": []}}']


@pytest.mark.parametrize("context", CONTEXTS)
def test_each_flag_is_answered_as_specified(context: dict[str, Any]) -> None:
    check, found = schema.answers(schema.relaxed()), doors()
    statuses = set()
    for key in [*(flag["key"] for flag in FLAGS), "gone"]:
        answer = post(found, ONE + key, **context)
        check("one", answer.status, answer.json())
        statuses.add(answer.status)
    assert statuses == {200, 400, 404}


@pytest.mark.parametrize("context", CONTEXTS)
def test_all_flags_are_answered_as_specified(context: dict[str, Any]) -> None:
    schema.answers(schema.relaxed())("all", 200, post(doors(), **context).json())


@pytest.mark.parametrize("body", UNREADABLE)
def test_refusals_are_as_specified(body: bytes) -> None:
    check, found = schema.answers(schema.relaxed()), doors()
    check("one", 400, post(found, f"{ONE}checkout", body=body).json())
    check("all", 400, post(found, body=body).json())


def test_a_flag_that_breaks_is_answered_as_specified() -> None:
    chain = [flag_document(f"f{at}", prerequisites=[{"flag": f"f{at + 1}", "enabled": True}]) for at in range(2_000)]
    answer = post(doors_with(staging(*chain, flag_document("f2000"))), f"{ONE}f0")
    schema.answers(schema.relaxed())("one", answer.status, answer.json())
    assert answer.status == 500


def test_an_unknown_path_is_answered_as_an_unknown_flag() -> None:
    answer = post(doors(), "/ofrep/v1/configuration")
    schema.answers(schema.relaxed())("one", answer.status, answer.json())


def test_events_are_as_specified() -> None:
    snapshot: Snapshot = staging().placed(1, 1_771_622_898_000_000)
    (data,) = [line for line in _refetch(snapshot).decode().splitlines() if line.startswith("data: ")]
    told = orjson.loads(data.removeprefix("data: "))
    schema.validator(schema.relaxed(), "/components/schemas/sseEventData").validate(told)
    assert told == {"type": "refetchEvaluation", "etag": "1.7", "lastModified": 1_771_622_898}


def test_what_is_published_refuses_every_flag_with_a_value_so_that_it_has_to_be_relaxed() -> None:
    with pytest.raises(ValidationError):
        schema.answers(schema.published())("one", 200, {"key": "a", "value": True, "reason": "STATIC", "variant": "on"})


@pytest.mark.parametrize(
    "body",
    [
        {"value": True, "reason": "STATIC"},
        {"key": "a", "value": True, "reason": "BECAUSE"},
        {"key": "a", "value": True, "reason": "STATIC", "metadata": {"list": []}},
    ],
)
def test_the_relaxed_one_still_refuses_what_is_wrong(body: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        schema.answers(schema.relaxed())("one", 200, body)


def test_all_is_asked_where_the_specification_says() -> None:
    assert {ALL, f"{ONE}{{key}}"} == schema.published()["paths"].keys()
