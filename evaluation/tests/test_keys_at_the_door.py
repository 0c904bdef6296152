"""Evaluation asks for an API key where the environment says so, and never takes a wrong one."""

import time

import pytest

from accounts.key_hash import hash_of
from evaluation.doors import access
from evaluation.doors.asgi import DecisionDoors
from evaluation.doors.wire import Request
from evaluation.store import Store
from evaluation.tests.asking import ask, doors_with, flag_document, known, snapshot_of

STAGING_KEY, OTHER_KEY = "fp_server_staging", "fp_server_other"


@pytest.fixture
def doors() -> DecisionDoors:
    return doors_with(
        snapshot_of(flag_document(), keys=known(STAGING_KEY), allows_keyless=False),
        snapshot_of(flag_document(), environment="development", keys=known(OTHER_KEY)),
    )


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({}, 401),
        ({"X-API-Key": STAGING_KEY}, 200),
        ({"Authorization": f"Bearer {STAGING_KEY}"}, 200),
        ({"X-API-Key": OTHER_KEY}, 403),
        ({"X-API-Key": "fp_server_unknown"}, 401),
        ({"Authorization": "Bearer eyJhbGciOi.someone.signed"}, 401),
    ],
)
def test_a_closed_environment_answers_only_its_own_keys(
    doors: DecisionDoors, headers: dict[str, str], status: int
) -> None:
    assert ask(doors, "/evaluate/checkout", "environment_key=staging", headers=headers).status == status


def test_an_open_environment_still_refuses_a_wrong_key(doors: DecisionDoors) -> None:
    query = "environment_key=development"
    assert ask(doors, "/evaluate/checkout", query).status == 200
    assert ask(doors, "/evaluate/checkout", query, headers={"X-API-Key": "fp_server_unknown"}).status == 401


def test_a_persons_token_is_not_taken_for_a_key(doors: DecisionDoors) -> None:
    headers = {"Authorization": "Bearer eyJhbGciOi.someone.signed"}
    assert ask(doors, "/evaluate/checkout", "environment_key=development", headers=headers).status == 200


@pytest.mark.parametrize(("expires_in", "status"), [(60, 200), (0, 401), (-60, 401)])
def test_a_key_is_good_until_the_moment_it_expires(expires_in: float, status: int) -> None:
    doors = doors_with(snapshot_of(flag_document(), keys=known("fp_server_x", expires_at=time.time() + expires_in)))
    answer = ask(doors, "/evaluate/checkout", "environment_key=staging", headers={"X-API-Key": "fp_server_x"})
    assert answer.status == status
    assert status == 200 or answer.json()["code"] == "key_unknown"


def test_what_is_too_long_for_a_key_is_not_remembered(doors: DecisionDoors) -> None:
    access._hash_of.cache_clear()
    headers = {"X-API-Key": "fp_server_" + "x" * 1_000}
    assert ask(doors, "/evaluate/checkout", "environment_key=staging", headers=headers).status == 401
    assert access._hash_of.cache_info().currsize == 0


@pytest.mark.parametrize("shown", [None, STAGING_KEY])
def test_doors_are_told_which_key_was_shown(shown: str | None) -> None:
    keys = known(STAGING_KEY)
    store = Store()
    store.replace([snapshot_of(flag_document(), keys=keys)], confirmed=True)
    request = Request("GET", "/x", b"", {b"x-api-key": shown.encode()} if shown else {})
    snapshot, key = access.caller_of(request, store, project="", environment="staging")
    assert (snapshot, key) == (store.find("", "staging"), keys[hash_of(shown)] if shown else None)
