"""`POST /api/events` says of each event what became of it, and refuses as a whole only what it cannot tell apart."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from accounts.models import Environment, User
from accounts.sessions import begin
from evaluation import persons
from evaluation.doors.entrance import Entrance
from evaluation.doors.event_bodies import MAX_BODY
from evaluation.doors.events import EventsDoor
from evaluation.doors.limits import Limits
from evaluation.store import Store
from evaluation.tests.asking import Answer, ask, known, snapshot_of
from experiments.events.intake import Intake
from experiments.events.keeping import Keeper
from experiments.events.reception import Reception
from experiments.events.spool import Spool
from experiments.models import Event, Experiment

KEY, ELSEWHERE = "fp_server_staging", "fp_server_production"
SEEN = {"type": "exposure", "experiment": "button-color", "variant": "control", "user_key": "u", "event_id": "a"}
DEEP = b"[" * 100_000


@pytest.fixture
def intake(tmp_path: Path) -> Iterator[Intake]:
    found = Intake(Keeper(Spool(tmp_path / "spool", most=1_000_000)))
    found.start()
    yield found
    found.stop()


def door(intake: Intake, environment_id: str = "id-staging", **environments: Any) -> EventsDoor:
    store = Store()
    staging = snapshot_of(id=environment_id, keys=known(KEY))
    store.replace([staging, snapshot_of(environment="production", keys=known(ELSEWHERE))], confirmed=True)
    return EventsDoor(store, Reception(intake), admit=persons.admit_once)


def post(application: EventsDoor, body: Any, query: str = "", **headers: str) -> Answer:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    shown = {name.replace("_", "-"): value for name, value in (headers or {"X_API_Key": KEY}).items()}
    return ask(application, "/api/events", query, method="POST", body=content, headers=shown)


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "parse_error"),
        (b"{", 400, "parse_error"),
        (b"[\xff]", 400, "parse_error"),
        (DEEP, 400, "parse_error"),
        (DEEP + b"]" * 100_000, 400, "parse_error"),
        (b"7", 400, "invalid"),
        ([SEEN] * 1_001, 413, "too_many_events"),
        (b" " * (MAX_BODY + 1), 413, "too_large"),
        ({"events": [], "environment_key": ["x"]}, 400, "invalid"),
        (b'{"events": [], "project": "\\ud800"}', 400, "invalid"),
        ({"events": [], "environment_key": "production"}, 403, "wrong_environment"),
        ({"events": [], "environment_key": "nowhere"}, 403, "wrong_environment"),
    ],
)
def test_what_cannot_be_told_apart_is_refused_as_a_whole(intake: Intake, body: Any, status: int, code: str) -> None:
    answer = post(door(intake), body)
    assert (answer.status, answer.json()["code"]) == (status, code)


@pytest.mark.parametrize(
    ("query", "headers", "status", "code"),
    [
        ("", {"Accept": "*/*"}, 401, "key_missing"),
        ("environment_key=staging", {"Accept": "*/*"}, 401, "key_missing"),  # though it answers questions without one
        ("", {"X_API_Key": "fp_server_wrong"}, 401, "key_unknown"),
        ("environment_key=production", {"X_API_Key": KEY}, 403, "wrong_environment"),
    ],
)
def test_who_shows_no_good_key_is_refused(
    intake: Intake, query: str, headers: dict[str, str], status: int, code: str
) -> None:
    answer = post(door(intake), [SEEN], query, **headers)
    assert (answer.status, answer.json()["code"]) == (status, code)


def test_limits_and_pages_of_other_origins_are_met_as_at_every_door(intake: Intake) -> None:
    store = Store()
    store.replace([snapshot_of(keys=known(KEY, "client", allowed_origins=("https://shop.example",)))], confirmed=True)
    entrance = Entrance(store, Limits(per_key=1))
    opened = EventsDoor(store, Reception(intake), admit=persons.admit_once, entrance=entrance)
    assert post(opened, b"{").status == 400
    limited = post(opened, b"{", X_API_Key=KEY, Origin="https://shop.example")
    assert (limited.status, limited.headers["retry-after"]) == (429, "60")
    assert limited.headers["access-control-allow-origin"] == "https://shop.example"
    page = {"Origin": "https://shop.example", "Access-Control-Request-Method": "POST"}
    assert ask(opened, "/api/events", method="OPTIONS", headers=page).status == 204


def test_other_methods_are_refused(intake: Intake) -> None:
    answer = ask(door(intake), "/events/", headers={"X-API-Key": KEY})
    assert (answer.status, answer.headers["allow"]) == (405, "POST")


@pytest.fixture
def staged(intake: Intake, drafted: Callable[..., Experiment], staging: Environment) -> EventsDoor:
    drafted()
    return door(intake, str(staging.pk))


@pytest.mark.django_db(transaction=True)
def test_each_event_is_answered_in_its_place(staged: EventsDoor, intake: Intake) -> None:
    body = json.dumps([SEEN, {**SEEN, "user_key": 1e999}, SEEN, {**SEEN, "variant": "x"}]).encode()
    answer = post(staged, body)
    told = answer.json()
    assert (answer.status, told["accepted"], told["duplicates"], told["rejected"]) == (202, 1, 1, 2)
    assert [(each["event_id"], each["status"], each.get("code")) for each in told["results"]] == [
        ("a", "accepted", None),
        ("a", "rejected", "not_storable"),
        ("a", "duplicate", None),
        ("a", "rejected", "unknown_variant"),
    ]
    unnamed = {name: value for name, value in SEEN.items() if name != "event_id"}
    derived = post(staged, unnamed).json()["results"][0]
    assert post(staged, {"events": [unnamed]}).json()["results"] == [{**derived, "status": "duplicate"}]
    assert Event.objects.count() == 2
    intake.stop()
    answer = post(staged, [SEEN])
    assert (answer.status, answer.json()["code"]) == (503, "not_kept")
    assert 1 <= int(answer.headers["retry-after"]) <= 4


@pytest.mark.django_db(transaction=True)
def test_a_person_who_may_change_the_environment_may_send_events(staged: EventsDoor, bob: User, charlie: User) -> None:
    bobs, charlies = (f"Bearer {begin(person).access_token}" for person in (bob, charlie))
    staging, nowhere = "environment_key=staging", {"events": [], "environmentKey": "nowhere"}
    assert post(staged, SEEN, staging, Authorization=bobs).json()["accepted"] == 1
    for body, query, bearer, status, code in (
        (SEEN, staging, charlies, 403, "forbidden"),
        (nowhere, "", bobs, 404, "environment_not_found"),
        (SEEN, "", bobs, 400, "environment_missing"),
        (SEEN, staging, "Bearer x", 401, "token_invalid"),
    ):
        answer = post(staged, body, query, Authorization=bearer)
        assert (answer.status, answer.json()["code"]) == (status, code)
