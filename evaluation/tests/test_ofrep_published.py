"""What people set is what OFREP answers: types survive the database, and edits the way to the answer."""

import json
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment
from evaluation import reading
from evaluation.snapshot import Snapshot
from evaluation.tests.asking import doors_with
from evaluation.tests.ofrep import ONE, post


def asked(staging: Environment, key: str, **context: Any) -> Any:
    """The answer of a process that loads staging now."""
    ((address, position),) = [found for found in reading.addresses() if found[0].id == str(staging.pk)]
    texts = reading.texts_at(address.id, position.revision)
    snapshot = Snapshot(address).advanced(position.revision, texts)
    return post(doors_with(snapshot), ONE + key, "environment_key=staging", key=None, **context).json()


@pytest.mark.parametrize("number", ["2.0", "2", "-0.5", "1e2", "9007199254740991", "0.1"])
def test_numbers_keep_their_type(developer: APIClient, staging: Environment, number: str) -> None:
    body = (
        '{"key": "size", "flag_type": "number", "environment_key": "staging", "is_enabled": true, '
        f'"variants": [{{"key": "on", "value": {number}}}]}}'
    )
    assert developer.post("/flags", data=body, content_type="application/json").status_code == 201
    value = asked(staging, "size")["value"]
    assert (value, type(value)) == (json.loads(number), type(json.loads(number)))


def test_an_experiment_that_runs_is_answered(started: Any, staging: Environment) -> None:
    started("button-color")
    found = asked(staging, "button-color", targetingKey="alice")
    assert found["value"] == {"color": found["variant"]}
    assert found["metadata"]["experiment"] == "button-color"


def test_a_draft_is_no_flag(drafted: Any, staging: Environment) -> None:
    drafted("button-color")
    assert asked(staging, "button-color")["errorCode"] == "FLAG_NOT_FOUND"
