"""Decisions record exposures when they are asked to: once a user, variant and day; the answer is the same."""

import json
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from evaluation.doors.asgi import DecisionDoors
from evaluation.exposure_keeping import ExposureKeeper
from evaluation.exposures import MOST, Exposures
from evaluation.store import Store
from evaluation.tests.asking import Answer, ask, known, snapshot_of
from experiments.events.counts import counts
from experiments.events.intake import Intake
from experiments.events.items import MAX_ATTRIBUTES
from experiments.events.keeping import Keeper
from experiments.events.spool import Spool
from experiments.models import Event
from flagkit.tests.documents import experiment

KEY = "fp_server_staging"
ALICE = {"user_key": "alice", "env": "staging", "context": {"plan": "pro"}}


@pytest.fixture
def store() -> Store:
    found = Store()
    found.replace([snapshot_of(experiment("button"), experiment("title"), keys=known(KEY))], confirmed=True)
    return found


def decide(store: Store, *, method: str = "POST", key: str = KEY, **given: Any) -> Answer:
    body = {**ALICE, **given}
    headers = {"X-API-Key": key} if key else {}
    if method == "POST":
        return ask(DecisionDoors(store), "/api/decide", method="POST", body=body, headers=headers)
    query = {name: json.dumps(value) if name == "context" else value for name, value in body.items()}
    return ask(DecisionDoors(store), "/api/decide", query, method=method, headers=headers)


def noted(store: Store) -> list[tuple[str, str, str, str]]:
    return [(each.name, each.variant, each.user_key, each.attributes) for each in store.exposures.take(100)]


@pytest.mark.parametrize(("method", "track"), [("POST", True), ("POST", "true"), ("GET", "true")])
def test_what_was_assigned_is_noted_with_the_context(store: Store, method: str, track: Any) -> None:
    answer = decide(store, method=method, track=track)
    assert answer.content == decide(store).content
    variants = {each["experiment_key"]: each["variant_key"] for each in answer.json()["assignments"]}
    assert noted(store) == [(name, variants[name], "alice", '{"plan":"pro"}') for name in ("button", "title")]


@pytest.mark.parametrize(("method", "track"), [("POST", False), ("GET", "false"), ("GET", ""), ("HEAD", "true")])
def test_who_does_not_ask_for_it_is_not_recorded(store: Store, method: str, track: Any) -> None:
    assert decide(store, method=method, track=track).status == 200
    assert noted(store) == []


def test_tracking_takes_true_or_false_and_a_key(store: Store) -> None:
    assert decide(store, track="yes").status == 400
    assert decide(store, track=True, key="").json()["code"] == "key_missing"
    assert noted(store) == []


def test_an_exposure_is_noted_once_a_day_and_is_one_event_wherever_it_is_noted() -> None:
    one, other = Exposures(), Exposures()
    for lane in (one, one, other):
        lane.note("here", "alice", [("button", "red")], {"at": 1})
    assert [each.event_id for each in one.take(9)] == [each.event_id for each in other.take(9)]
    one.note("here", "alice", [("button", "red"), ("button", "blue")], {})
    assert [each.variant for each in one.take(9)] == ["blue"]


def test_large_contexts_are_left_out_and_nothing_waits_without_end() -> None:
    lane, before = Exposures(), counts.dropped["exposures"]
    lane.note("here", "alice", [("button", "red")], {"text": "x" * MAX_ATTRIBUTES})
    for at in range(MOST + 10):
        lane.note("here", f"user-{at}", [("button", "red")], {})
    lane.note("here", "x" * 256, [("button", "red")], {})
    waiting = lane.take(2 * MOST)
    assert (len(waiting), waiting[0].attributes) == (MOST, "")
    assert counts.dropped["exposures"] == before + 12


@pytest.mark.django_db(transaction=True)
def test_what_was_noted_is_stored_before_the_end_and_waits_while_the_intake_takes_nothing(tmp_path: Path) -> None:
    lane, intake = Exposures(), Intake(Keeper(Spool(tmp_path / "spool", most=1_000_000)))
    keeper = ExposureKeeper(lane, intake)
    intake.start()
    keeper.start()
    lane.note(str(uuid4()), "alice", [("button", "red"), ("title", "new")], {"plan": "pro"})
    keeper.stop()
    intake.stop()
    assert sorted(Event.objects.values_list("name", "variant", "kind")) == [
        ("button", "red", "exposure"),
        ("title", "new", "exposure"),
    ]
    lane.note(str(uuid4()), "bob", [("button", "red"), ("button", "blue")], {})
    assert not keeper.hand_over()
    assert [each.variant for each in lane.take(9)] == ["red", "blue"]
