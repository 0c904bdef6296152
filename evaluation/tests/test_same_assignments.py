"""A client that evaluates by itself assigns every user as `/api/decide` does, whichever way its configuration came."""

import itertools
from typing import Any

import orjson
import pytest

from evaluation.doors.delivery import DeliveryDoors
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from evaluation.tests.asking import ask, doors_with
from evaluation.tests.test_definitions_door import CHANGES, SERVER_KEY, SNAPSHOT, staging
from flagkit.client import Client
from flagkit.client.configuration import Configuration, from_body
from flagkit.client.status import Source
from flagkit.engine.experiments import rule_of
from flagkit.tests.documents import about, audience, colors, experiment, holdout, layer

PRO = {"id": "pro", "conditions": [about("eq", "pro", attribute="plan")]}
ON_FLAG = experiment("on-flag", 3_000, 3_000, flag="color")
BEFORE = (
    experiment("plain"),
    experiment("held", holdouts=[holdout(buckets=2_000)], layer=layer(0, 4_999)),
    experiment("gone"),
    audience(included=["user-7"]),
)
AFTER = (
    experiment("plain", 2_500, 2_500, 5_000),
    experiment("held", holdouts=[holdout(buckets=2_000)], layer=layer(5_000, 9_999)),
    experiment("pro", rules=[PRO], algorithm="experiments-murmur3"),
    experiment("testers", audience="beta"),
    {**experiment("broken"), "variants": "red"},
    ON_FLAG,
    colors(experiment=rule_of(ON_FLAG)),
    audience(included=["user-7", "user-8"]),
)
USERS = [f"user-{n}" for n in range(150)]
CONTEXTS: list[dict[str, Any] | None] = [None, {"plan": "pro"}]


@pytest.fixture
def after() -> Snapshot:
    before = staging(*BEFORE)
    texts = {(each.get("kind", "flag"), each["key"]): orjson.dumps(each).decode() for each in AFTER}
    return before.advanced(8, {**texts, ("experiment", "gone"): None})


def told(path: str, query: str, *served: Snapshot) -> bytes:
    store = Store()
    for snapshot in served:
        store.put(snapshot)
    answer = ask(DeliveryDoors(store, most=1), path, query, headers={"X-API-Key": SERVER_KEY})
    assert answer.status == 200
    return answer.content


def client_on(configuration: Configuration) -> Client:
    client = Client.from_documents([])
    client._held.load(configuration, Source.DOCUMENTS)
    return client


def decided(served: Snapshot, user: str, context: dict[str, Any] | None, **more: Any) -> Any:
    body = {"user_key": user, "env": "staging", "context": context, **more}
    headers = {"X-API-Key": SERVER_KEY}
    return ask(doors_with(served), "/api/decide", method="POST", body=body, headers=headers).json()["assignments"]


@pytest.mark.parametrize("way", ["a snapshot", "changes"])
def test_every_user_is_assigned_as_the_server_does(after: Snapshot, way: str) -> None:
    if way == "a snapshot":
        found = from_body(told(SNAPSHOT, "", after))
    else:
        found = from_body(told(SNAPSHOT, "", staging(*BEFORE))).advanced(told(CHANGES, "after=7", after), "")
    client, seen = client_on(found), set()
    for user, context in itertools.product(USERS, CONTEXTS):
        expected = decided(after, user, context)
        assert client.decide(user, context) == expected
        seen |= {(each["experiment_key"], each["variant_key"]) for each in expected}
    assert {key for key, _ in seen} == {"plain", "held", "pro", "testers", "on-flag"}


def test_the_experiments_that_are_asked_for_are_the_same(after: Snapshot) -> None:
    client = client_on(from_body(told(SNAPSHOT, "", after)))
    for named, user in itertools.product([[], ["plain"], ["on-flag", "pro", "nobody"]], USERS[:30]):
        assert client.decide(user, {"plan": "pro"}, named) == decided(after, user, {"plan": "pro"}, experiments=named)
