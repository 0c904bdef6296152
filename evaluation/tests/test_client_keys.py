"""A client key, which everybody can read in a browser, is shown the flags that say so and no others."""

from typing import Any

import pytest

from evaluation.doors.asgi import DecisionDoors
from evaluation.tests.asking import Answer, ask, doors_with, flag_document, known, snapshot_of
from flagkit.engine.experiments import rule_of
from flagkit.tests.documents import colors, experiment

CLIENT, SERVER = "fp_client_web", "fp_server_shop"
KEYS = {**known(CLIENT, "client"), **known(SERVER)}


@pytest.fixture
def doors() -> DecisionDoors:
    hidden, shown = (experiment(f"on-{key}", 10_000, flag=key) for key in ("hidden", "shown"))
    return doors_with(
        snapshot_of(
            flag_document("visible", client_visible=True, prerequisites=[{"flag": "internal", "variants": ["on"]}]),
            flag_document("internal"),
            experiment("alone", 10_000),
            hidden,
            shown,
            colors("hidden", experiment=rule_of(hidden)),
            colors("shown", experiment=rule_of(shown), client_visible=True),
            keys=KEYS,
        )
    )


def evaluated(doors: DecisionDoors, flag: str, key: str | None) -> Answer:
    return ask(doors, f"/evaluate/{flag}", "environment_key=staging&user_id=alice", headers=shown_with(key))


def shown_with(key: str | None) -> dict[str, str]:
    return {"X-API-Key": key} if key else {}


def decided(doors: DecisionDoors, key: str | None, **given: Any) -> list[str]:
    query = {"user_key": "alice", "env": "staging", **given}
    answer = ask(doors, "/api/decide", query, headers=shown_with(key))
    return [each["experiment_key"] for each in answer.json()["assignments"]]


@pytest.mark.parametrize("key", [None, SERVER, CLIENT])
def test_a_visible_flag_answers_everybody_by_prerequisites_that_are_not_visible_too(
    doors: DecisionDoors, key: str | None
) -> None:
    assert evaluated(doors, "visible", key).json()["value"] is True


@pytest.mark.parametrize(("key", "status"), [(None, 200), (SERVER, 200), (CLIENT, 404)])
def test_any_other_flag_answers_all_but_client_keys(doors: DecisionDoors, key: str | None, status: int) -> None:
    assert evaluated(doors, "internal", key).status == status


def test_to_a_client_key_a_flag_that_is_not_visible_is_like_one_that_does_not_exist(doors: DecisionDoors) -> None:
    hidden, unknown = (evaluated(doors, flag, CLIENT) for flag in ("internal", "no-such"))
    assert (hidden.status, hidden.headers.keys()) == (unknown.status, unknown.headers.keys())
    assert hidden.content.replace(b"internal", b"no-such") == unknown.content


def test_a_flag_that_is_not_visible_is_not_noted_as_an_unknown_one(doors: DecisionDoors) -> None:
    for flag in ("internal", "misspelt"):
        evaluated(doors, flag, CLIENT)
    assert doors.doors._store.unknown.take() == {"id-staging": {"misspelt": 1}}


@pytest.mark.parametrize(
    ("key", "experiments"),
    [
        (None, ["alone", "on-hidden", "on-shown"]),
        (SERVER, ["alone", "on-hidden", "on-shown"]),
        (CLIENT, ["alone", "on-shown"]),
    ],
)
def test_experiments_on_flags_are_told_to_whom_the_flag_is_shown(
    doors: DecisionDoors, key: str | None, experiments: list[str]
) -> None:
    assert decided(doors, key) == experiments
    assert decided(doors, key, experiments="on-hidden,on-shown") == experiments[1:]
