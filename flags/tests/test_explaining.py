"""An answer is explained step by step from the rows as they stand, with what would have turned it."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from audit.models import Entry
from flags.audiences import create_audience
from flags.models import Flag
from flags.services import archive_flag, create_flag, update_config

PATH = "/flags/checkout/explain"
RULES = [
    {"id": "pro", "when": {"attribute": "plan", "operator": "eq", "value": "pro"}, "serve": {"variant": "on"}},
    {"id": "team", "when": {"operator": "in_audience", "value": "team"}, "serve": {"variant": "on"}},
]


@pytest.fixture
def charlies(api: Callable[[User], APIClient], charlie: User) -> APIClient:
    """A viewer's client: looking is for everybody."""
    return api(charlie)


@pytest.fixture
def ruled(alice: User, checkout: Flag, staging: Environment) -> Flag:
    """A flag that needs `parent`, and is on for plan pro, and for the team: whoever is of `inner`."""
    create_audience(staging, by=alice, key="inner", included=["alice"])
    create_audience(staging, by=alice, key="team", rules=[{"when": {"operator": "in_audience", "value": "inner"}}])
    create_flag(checkout.project, by=alice, key="parent", environment=staging, config={"is_enabled": True})
    prerequisites = [{"flag": "parent", "variants": ["on"]}]
    config = {"rules": RULES, "prerequisites": prerequisites, "serve": {"variant": "off"}}
    update_config(checkout, staging, by=alice, is_enabled=True, **config)
    return checkout


def trace(client: APIClient, **question: Any) -> dict[str, Any]:
    answer = client.post(PATH, {"environment_key": "staging", "user_id": "bob", **question})
    assert answer.status_code == 200, answer.json()
    found: dict[str, Any] = answer.json()
    return found


def test_each_step_is_told(charlies: APIClient, ruled: Flag) -> None:
    told = trace(charlies, context={"plan": "pro"})
    assert (told["answer"]["value"], told["answer"]["rule"]) == (True, "pro")
    assert [step["step"] for step in told["steps"]] == ["on", "prerequisite", "rule"]
    assert told["steps"][2]["condition"]["actual"] == "pro"


def test_audiences_within_audiences_are_asked(charlies: APIClient, ruled: Flag) -> None:
    assert trace(charlies, user_id="alice")["answer"]["rule"] == "team"
    assert trace(charlies, user_id="bob")["answer"]["rule"] is None


def test_why_not_names_the_smallest_change(charlies: APIClient, ruled: Flag) -> None:
    told = trace(charlies, context={"plan": "free"}, why_not=True)
    assert told["flip"]["set"] == {"plan": "pro"}
    assert "flip" not in trace(charlies)


def test_a_prerequisite_that_is_not_met_is_told(
    charlies: APIClient, alice: User, ruled: Flag, staging: Environment
) -> None:
    update_config(Flag.objects.get(key="parent"), staging, by=alice, is_enabled=False)
    last = trace(charlies)["steps"][-1]
    assert (last["flag"], last["actual"], last["passed"]) == ("parent", {"variant": "off", "enabled": False}, False)


def test_a_share_is_told_with_its_bucket(charlies: APIClient, bob: User, ruled: Flag, staging: Environment) -> None:
    split = [{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}]
    update_config(ruled, staging, by=bob, serve={"split": split})
    told = trace(charlies)
    assert told["steps"][-1]["serve"]["bucket"] == told["bucket"] in range(100_000)
    assert f"user bucket {told['bucket']} is" in told["answer"]["detail"]


def test_an_archived_flag_is_told_as_callers_see_it(charlies: APIClient, alice: User, checkout: Flag) -> None:
    archive_flag(checkout, by=alice)
    assert trace(charlies)["answer"]["error"] == "FLAG_NOT_FOUND"


def test_explaining_writes_nothing(charlies: APIClient, ruled: Flag) -> None:
    before = Entry.objects.count()
    trace(charlies)
    assert Entry.objects.count() == before


@pytest.mark.parametrize(
    ("question", "status", "where"),
    [
        ({"environment_key": ""}, 400, "environment_key"),
        ({"environment_key": "nowhere"}, 404, None),
        ({"user_id": 1.5}, 400, "user_id"),
        ({"user_id": True}, 400, "user_id"),
        ({"context": []}, 400, "context"),
        ({"why_not": "yes"}, 400, "why_not"),
        ({"user": "bob"}, 400, "user"),
    ],
)
def test_a_bad_question_is_refused(
    charlies: APIClient, checkout: Flag, question: dict[str, Any], status: int, where: str | None
) -> None:
    answer = charlies.post(PATH, {"environment_key": "staging", "user_id": "bob", **question})
    assert (answer.status_code, list(answer.json()["fields"])) == (status, [where] if where else [])


def test_a_number_may_be_the_user(charlies: APIClient, checkout: Flag) -> None:
    assert charlies.post(PATH, {"environmentKey": "staging", "userId": 42}).status_code == 200
