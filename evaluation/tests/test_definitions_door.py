"""SDKs get the documents of an environment, whole or what changed, for a server key and nothing else."""

import base64
import hashlib
from typing import Any

import orjson
import pytest

from evaluation.doors.delivery import DeliveryDoors
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from evaluation.tests.asking import Answer, ask, audience_document, flag_document, known, snapshot_of

SERVER_KEY, CLIENT_KEY, OTHER_KEY = "fp_server_a", "fp_client_a", "fp_server_b"
SNAPSHOT, CHANGES = "/api/environments/staging/snapshot", "/api/environments/staging/changes"


KEYS = {**known(SERVER_KEY), **known(CLIENT_KEY, "client")}


def staging(*documents: dict[str, Any], revision: int = 7) -> Snapshot:
    return snapshot_of(*documents, revision=revision, keys=KEYS)


def doors_with(*snapshots: Snapshot) -> DeliveryDoors:
    store = Store()
    store.replace(snapshots, confirmed=True)
    return DeliveryDoors(store, most=10)


@pytest.fixture
def before() -> Snapshot:
    return staging(flag_document("a"), flag_document("b"), audience_document())


@pytest.fixture
def doors(before: Snapshot) -> DeliveryDoors:
    """An environment at revision 9: since 7, a was switched off, b was taken away and c came."""
    after = before.advanced(8, {("flag", "b"): None}).advanced(
        9,
        {("flag", name): orjson.dumps(flag_document(name, enabled=False)).decode() for name in "ac"},
    )
    return doors_with(after, snapshot_of(environment="production", keys=known(OTHER_KEY)))


def get(doors: DeliveryDoors, path: str, query: str = "", *, method: str = "GET", **headers: str) -> Answer:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return ask(doors, path, query, method=method, headers={"X-API-Key": SERVER_KEY, **named})


def test_a_snapshot_has_every_document_as_it_is_evaluated(doors: DeliveryDoors) -> None:
    found = get(doors, SNAPSHOT).json()
    assert (found["format"], found["revision"], found["total"]) == (1, 9, 3)
    named = {"id": "id-staging", "key": "staging", "name": "Staging", "project": "default"}
    assert (found["environment"], found["epoch"]) == (named, 0)
    assert found["documents"]["flag"] == {name: flag_document(name, enabled=False) for name in "ac"}
    assert found["documents"]["audience"] == {"testers": audience_document()}


def test_hashes_of_keys_never_leave(doors: DeliveryDoors) -> None:
    for path, query in ((SNAPSHOT, ""), (CHANGES, "after=7")):
        assert not any(key.encode() in get(doors, path, query).content for key in KEYS)


def test_changes_have_what_is_different_and_what_is_gone(doors: DeliveryDoors) -> None:
    found = get(doors, CHANGES, "after=7").json()
    off = flag_document("a", enabled=False)
    assert (found["after"], found["revision"], found["total"]) == (7, 9, 3)
    assert found["documents"] == {"flag": {"a": off, "b": None, "c": flag_document("c", enabled=False)}}
    assert get(doors, CHANGES, "after=8").json()["documents"]["flag"].keys() == {"a", "c"}


def test_nothing_changed_after_the_newest_revision_or_a_later_one(doors: DeliveryDoors) -> None:
    for after in (9, 10):
        found = get(doors, CHANGES, f"after={after}").json()
        assert (found["revision"], found["documents"]) == (9, {})


def test_who_is_too_far_behind_is_sent_to_the_snapshot(doors: DeliveryDoors) -> None:
    answer = get(doors, CHANGES, "after=6")
    assert (answer.status, answer.json()["code"]) == (410, "too_far_back")


@pytest.mark.parametrize(
    "query", ["", "after=", "after=-1", "after=1.5", "after=x", "after=%D9%A1", "after=" + "9" * 30]
)
def test_a_revision_that_is_none_is_refused(doors: DeliveryDoors, query: str) -> None:
    assert get(doors, CHANGES, query).status == 400


@pytest.mark.parametrize(("path", "query"), [(SNAPSHOT, ""), (CHANGES, "after=7")])
@pytest.mark.parametrize("form", ["{}", "W/{}", '"x", {}', '"x" , W/{} ', "*"])
def test_who_has_this_revision_is_told_so_in_304(doors: DeliveryDoors, path: str, query: str, form: str) -> None:
    tag = get(doors, path, query).headers["ETag"]
    answer = get(doors, path, query, If_None_Match=form.format(tag))
    assert (answer.status, answer.content, answer.headers["ETag"]) == (304, b"", tag)
    assert get(doors, path, query, If_None_Match='"id-staging:0.8"').status == 200


@pytest.mark.parametrize(("path", "query"), [(SNAPSHOT, ""), (CHANGES, "after=7")])
def test_the_digest_is_that_of_the_body(doors: DeliveryDoors, path: str, query: str) -> None:
    answer = get(doors, path, query)
    digest = base64.b64encode(hashlib.sha256(answer.content).digest()).decode()
    assert answer.headers["Content-Digest"] == f"sha-256=:{digest}:"
    assert answer.headers["cache-control"] == "no-store"


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-API-Key": CLIENT_KEY}, 403),
        ({"X-API-Key": OTHER_KEY}, 403),
        ({"X-API-Key": "fp_server_unknown"}, 401),
        ({"Authorization": "Bearer eyJhbGciOi.someone.signed"}, 401),
        ({"Authorization": f"Bearer {SERVER_KEY}"}, 200),
    ],
)
@pytest.mark.parametrize("what", ["snapshot", "changes"])
def test_definitions_are_for_server_keys_alone_even_where_evaluation_needs_none(
    doors: DeliveryDoors, what: str, headers: dict[str, str], status: int
) -> None:
    assert ask(doors, f"/api/environments/staging/{what}", "after=7", headers=headers).status == status


@pytest.mark.parametrize(("key", "status"), [(None, 401), (CLIENT_KEY, 403), (OTHER_KEY, 403), ("fp_server_x", 401)])
def test_so_is_the_stream(doors: DeliveryDoors, key: str | None, status: int) -> None:
    headers = {"X-API-Key": key} if key else {}
    assert ask(doors, "/api/environments/staging/stream", headers=headers).status == status


def test_an_environment_is_found_by_key_id_and_name_in_its_project(doors: DeliveryDoors) -> None:
    for name in ("staging", "id-staging", "Staging"):
        assert get(doors, f"/environments/{name}/snapshot/", "project=default").json()["revision"] == 9
    assert get(doors, "/api/environments/nowhere/snapshot").json()["code"] == "environment_not_found"
    assert get(doors, SNAPSHOT, "project=shop").json()["code"] == "project_not_found"


def test_other_methods_are_refused(doors: DeliveryDoors) -> None:
    assert get(doors, SNAPSHOT, method="POST").status == 405
    assert get(doors, "/api/environments/staging/stream", method="HEAD").headers["allow"] == "GET"
    assert get(doors, SNAPSHOT, method="HEAD").content == b""


def test_before_there_is_data_the_caller_is_asked_to_come_again() -> None:
    assert get(DeliveryDoors(Store(), most=1), SNAPSHOT).status == 503


def test_the_same_revision_is_the_same_bytes_in_every_process(before: Snapshot) -> None:
    flags = [flag_document(name) for name in "ba"]
    one = get(doors_with(staging(audience_document(), *flags)), SNAPSHOT)
    other = get(doors_with(before), SNAPSHOT)
    assert (one.content, one.headers["ETag"]) == (other.content, other.headers["ETag"])


def test_a_snapshot_that_was_written_is_not_sent_for_a_later_one(before: Snapshot) -> None:
    store = Store()
    store.put(before)
    doors = DeliveryDoors(store, most=1)
    assert get(doors, SNAPSHOT).json()["revision"] == 7
    store.put(before.advanced(8, {("flag", "b"): None}))
    assert get(doors, SNAPSHOT).json()["documents"]["flag"].keys() == {"a"}
