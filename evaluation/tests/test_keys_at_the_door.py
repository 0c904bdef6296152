"""Evaluation asks for an API key where the environment says so, and never takes a wrong one."""

import hashlib

import pytest

from evaluation.doors.asgi import DecisionDoors
from evaluation.tests.asking import ask, doors_with, flag_document, snapshot_of

STAGING_KEY, OTHER_KEY = "fp_server_staging", "fp_server_other"


@pytest.fixture
def doors() -> DecisionDoors:
    def known(key: str) -> dict[str, str]:
        return {hashlib.sha256(key.encode()).hexdigest(): "server"}

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
