"""A question that names a revision is never answered from an earlier one; it waits a moment for it."""

import asyncio
import threading
import time
from typing import Any

import pytest

from evaluation.doors import waiting
from evaluation.doors.asgi import DecisionDoors
from evaluation.doors.wire import Behind
from evaluation.store import Store
from evaluation.tests.asking import Answer, ask, flag_document, snapshot_of

DOORS = {"/evaluate/checkout": {"environment_key": "staging"}, "/api/decide": {"env": "staging", "user_key": "u"}}


@pytest.fixture
def store() -> Store:
    """Staging at revision 7."""
    store = Store()
    store.put(snapshot_of(flag_document()))
    return store


@pytest.fixture
def brief(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Behind, "patience", 0.05)


def question(store: Store, door: str, least: Any, **more: Any) -> Answer:
    return ask(DecisionDoors(store), door, {**DOORS[door], "min_version": least}, **more)


@pytest.mark.parametrize("door", DOORS)
@pytest.mark.parametrize("least", ["", 0, 6, 7])
def test_what_is_reached_is_answered(store: Store, door: str, least: Any) -> None:
    answer = question(store, door, least)
    assert (answer.status, answer.json()["config_version"]) == (200, 7)


@pytest.mark.usefixtures("brief")
@pytest.mark.parametrize("door", DOORS)
def test_what_does_not_arrive_is_refused_and_says_when_to_ask_again(store: Store, door: str) -> None:
    answer = question(store, door, 8)
    assert (answer.status, answer.json()["code"], answer.headers["retry-after"]) == (409, "behind", "1")


@pytest.mark.usefixtures("brief")
def test_a_body_names_it_too(store: Store) -> None:
    body = {**DOORS["/api/decide"], "min_version": 8}
    assert ask(DecisionDoors(store), "/api/decide", method="POST", body=body).status == 409


@pytest.mark.parametrize("door", DOORS)
def test_what_arrives_meanwhile_is_answered_at_once(store: Store, door: str) -> None:
    threading.Timer(0.05, store.put, [snapshot_of(flag_document(), revision=8)]).start()
    begun = time.monotonic()
    assert question(store, door, 8).json()["config_version"] == 8
    assert time.monotonic() - begun < Behind.patience
    assert store.watchers == []


@pytest.mark.parametrize("least", ["-1", "1.5", "x", "²", "9" * 19])
def test_what_is_no_revision_is_refused(store: Store, least: str) -> None:
    answer = question(store, "/evaluate/checkout", least)
    assert (answer.status, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("least", [True, 1.5, -1, [8], "later"])
def test_what_is_no_revision_in_a_body_is_refused(store: Store, least: Any) -> None:
    body = {**DOORS["/evaluate/checkout"], "min_version": least}
    assert ask(DecisionDoors(store), "/evaluate/checkout", method="POST", body=body).status == 400


def test_who_may_not_ask_is_not_told_how_far_it_is(store: Store) -> None:
    store.put(snapshot_of(flag_document(), environment="closed", allows_keyless=False))
    answer = ask(DecisionDoors(store), "/evaluate/checkout", {"environment_key": "closed", "min_version": 8})
    assert answer.status == 401


def test_of_too_many_that_wait_the_last_ones_are_refused_at_once(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST", 0)
    begun = time.monotonic()
    assert question(store, "/evaluate/checkout", 8).status == 409
    assert time.monotonic() - begun < Behind.patience


def test_no_answer_is_older_while_revisions_arrive() -> None:
    """A hundred who wait for a hundred revisions, which come in between."""
    store = Store()
    store.put(snapshot_of(flag_document(), revision=1))
    doors = DecisionDoors(store)
    given: dict[int, int] = {}

    async def one(least: int) -> None:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request"}

        async def send(message: Any) -> None:
            sent.append(message)

        query = f"environment_key=staging&min_version={least}".encode()
        scope = {"type": "http", "method": "GET", "path": "/evaluate/checkout", "query_string": query, "headers": []}
        await doors(scope, receive, send)
        assert sent[0]["status"] == 200
        given[least] = int(sent[1]["body"].split(b'"config_version":')[1].split(b",")[0])

    def publish() -> None:
        for revision in range(2, 101):
            store.put(snapshot_of(flag_document(), revision=revision))

    async def everybody() -> None:
        asked = [asyncio.create_task(one(least)) for least in range(1, 101)]
        await asyncio.sleep(0)
        await asyncio.gather(asyncio.to_thread(publish), *asked)

    asyncio.run(everybody())
    assert len(given) == 100
    assert all(answered >= least for least, answered in given.items())
