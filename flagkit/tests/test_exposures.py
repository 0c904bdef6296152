"""Who is told to have seen a variant, and what tests can read of it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from flagkit.client import Client
from flagkit.client.events.ids import new_id
from flagkit.client.events.remembered import Remembered
from flagkit.testing import overrides, recorded
from flagkit.tests.documents import ROLLOUT, experiment, flag, rule
from flagkit.tests.test_client import Hostile

SPLIT = {"salt": "s", "buckets": 10_000, "arms": [{"variant": "on", "ranges": [[0, 10_000]]}]}


@pytest.fixture
def client() -> Client:
    return Client.from_documents(
        [
            experiment("button", 10_000),
            flag("on", serve={"variant": "on"}),
            flag("share", serve=ROLLOUT),
            flag("tried", experiment=rule(id="checkout-flow", serve={"split": SPLIT})),
        ]
    )


def told(client: Client) -> list[tuple[Any, ...]]:
    names = ("experiment", "flag", "variant", "user_key")
    return [tuple(event.get(name) for name in names) for event in client.tracked]


def test_decide_tells_of_each_assignment_once_a_day(client: Client) -> None:
    for _ in range(3):
        assert client.decide("alice", {"plan": "pro"}, track=True) == client.decide("alice")
        client.decide(7, track=True)
    assert told(client) == [("button", None, "red", "alice"), ("button", None, "red", "7")]
    assert client.tracked[0]["attributes"] == {"plan": "pro"}


def test_assigned_tells_of_the_experiment(client: Client) -> None:
    client.assigned("button", {"targeting_key": "alice", "plan": "pro"}, track=True)
    assert told(client) == [("button", None, "red", "alice")]
    assert client.tracked[0]["attributes"] == {"plan": "pro"}


def test_a_flag_tells_of_its_experiment_else_of_itself_where_it_splits(client: Client) -> None:
    for key in ("tried", "share", "on", "nothing"):
        client.evaluate(key, "alice", track=True)
    share = client.evaluate("share", "alice").variant
    assert told(client) == [("checkout-flow", None, "on", "alice"), (None, "share", share, "alice")]


def test_nothing_is_told_without_being_asked_for_or_of_a_value_set_by_hand(client: Client) -> None:
    client.decide("alice")
    client.evaluate("tried", "alice")
    with overrides({"tried": True}):
        client.evaluate("tried", "alice", track=True)
    assert client.tracked == ()


@pytest.mark.parametrize(
    "context", [{"since": datetime.now(UTC), "nan": float("nan"), "tags": {1}, 5: 6, "plan": "pro"}, "plan", Hostile()]
)
def test_what_events_cannot_carry_changes_no_answer(client: Client, context: Mapping[str, Any]) -> None:
    assert client.decide("alice", context, track=True) == client.decide("alice", context)
    assert [event["attributes"] for event in client.tracked] in ([{}], [{"plan": "pro"}])


def test_an_exposure_with_an_instant_of_its_own_is_always_told(client: Client) -> None:
    for day in (1, 2):
        client.expose("alice", "red", experiment="button", timestamp=datetime(2026, 5, day, tzinfo=UTC))
    assert [event["timestamp"][:10] for event in client.tracked] == ["2026-05-01", "2026-05-02"]


def test_a_test_reads_the_events_of_every_client_and_nothing_is_sent(client: Client) -> None:
    with Client("http://127.0.0.1:9", "key", "e") as served, recorded() as events:
        served.track("bought", "alice", 12.5)
        client.decide("alice", track=True)
        client.decide("alice", track=True)
        assert [event["type"] for event in events] == ["metric", "exposure", "exposure"]
        assert (served.tracked[0]["value"], served.status.events.waiting) == (12.5, 0)
    client.track("left", "alice")
    assert len(events) == 3


def test_ids_begin_with_the_time_and_are_of_version_seven() -> None:
    ids = [new_id() for _ in range(1000)]
    assert len(set(ids)) == 1000
    assert {(each[14], each[19] in "89ab") for each in ids} == {("7", True)}
    assert [each[:13] for each in ids] == sorted(each[:13] for each in ids)


def test_what_was_not_asked_about_for_longest_is_forgotten() -> None:
    remembered = Remembered(2)
    for each in "ab":
        remembered.add(each)
    assert "a" in remembered
    remembered.add("c")
    assert [each in remembered for each in "abc"] == [True, False, True]
