"""A save that is allowed but hardly meant is answered with what to look at."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from flags.audiences import create_audience
from flags.models import Flag
from flags.services import create_flag

PRO = {"attribute": "plan", "operator": "eq", "value": "pro"}
FREE = {"attribute": "plan", "operator": "eq", "value": "free"}
ON = {"serve": {"variant": "on"}}
PATH = "/flags/checkout/environments/staging"


@pytest.fixture
def bobs(api: Callable[[User], APIClient], bob: User, checkout: Flag) -> APIClient:
    return api(bob)


def codes(client: APIClient, path: str = PATH, **given: Any) -> list[tuple[str, str | None]]:
    answer = client.put(path, given) if "preview" not in path else client.post(path, given)
    assert answer.status_code == 200, answer.json()
    return [(warning["code"], warning["rule"]) for warning in answer.json()["warnings"]]


def test_a_rule_that_nobody_reaches(bobs: APIClient) -> None:
    rules = [{"id": "all", **ON}, {"id": "pro", "when": PRO, **ON}]
    assert codes(bobs, rules=rules) == [("unreachable_rule", "pro")]


@pytest.mark.parametrize("path", [PATH, "/flags/checkout?environment_key=staging", f"{PATH}/preview"])
def test_conditions_that_contradict_each_other(bobs: APIClient, path: str) -> None:
    assert codes(bobs, path, rules=[{"id": "never", "conditions": [PRO, FREE], **ON}]) == [("contradiction", "never")]


def test_an_audience_of_nobody(bobs: APIClient, bob: User, staging: Environment) -> None:
    create_audience(staging, by=bob, key="nobody")
    rules = [{"id": "a", "when": {"operator": "in_audience", "value": "nobody"}, **ON}]
    assert codes(bobs, rules=rules) == [("empty_audience", "a")]


def test_a_prerequisite_that_is_off(bobs: APIClient, bob: User, checkout: Flag) -> None:
    create_flag(checkout.project, by=bob, key="parent")
    needed = [{"flag": "parent", "variants": ["on"]}]
    assert codes(bobs, prerequisites=needed) == [("impossible_prerequisite", None)]


def test_what_is_meant_has_none(bobs: APIClient) -> None:
    assert codes(bobs, rules=[{"id": "pro", "when": PRO, **ON}]) == []
