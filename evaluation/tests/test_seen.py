"""Attributes that contexts have had are known to whoever writes rules; one that none ever had is warned of."""

from pathlib import Path
from typing import Any

import pytest

from accounts.models import Environment, Project, User
from evaluation.disk_copy import DiskCopy
from evaluation.doors.asgi import DecisionDoors
from evaluation.following import Follower
from evaluation.seen import MOST, SeenAttributes
from evaluation.store import Store
from evaluation.tests.asking import ask
from flags.models import Flag, SeenAttribute
from flags.services import create_flag, update_config
from flags.warnings import warnings_of

ASKS_FOR_PLAN: list[dict[str, Any]] = [
    {"when": {"attribute": "plan", "operator": "eq", "value": "pro"}, "serve": {"variant": "on"}}
]


@pytest.fixture
def checkout(project: Project, alice: User) -> Flag:
    return create_flag(project, by=alice, key="checkout")


def ask_with(follower: Follower, context: str) -> None:
    follower.follow()
    query = {"environment_key": "staging", "user_id": "u", "context": context}
    assert ask(DecisionDoors(follower.store), "/evaluate/checkout", query).status == 200
    follower._keep_seen()


def codes(flag: Flag, staging: Environment, alice: User) -> list[str]:
    config = update_config(flag, staging, by=alice, is_enabled=True, rules=ASKS_FOR_PLAN)
    return [warning["code"] for warning in warnings_of(flag, config)]


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    return Follower(Store(), DiskCopy(tmp_path))


@pytest.mark.django_db(transaction=True)
def test_a_rule_about_what_no_context_ever_had_is_warned_of(
    follower: Follower, checkout: Flag, staging: Environment, alice: User
) -> None:
    ask_with(follower, '{"plann": "pro", "country": "DE"}')
    assert codes(checkout, staging, alice) == ["unknown_attribute"]


@pytest.mark.django_db(transaction=True)
def test_a_rule_about_what_contexts_have_is_not(
    follower: Follower, checkout: Flag, staging: Environment, alice: User
) -> None:
    ask_with(follower, '{"plan": "pro"}')
    assert codes(checkout, staging, alice) == []


@pytest.mark.django_db(transaction=True)
def test_nothing_is_judged_before_anybody_asked(checkout: Flag, staging: Environment, alice: User) -> None:
    assert codes(checkout, staging, alice) == []


@pytest.mark.django_db(transaction=True)
def test_a_name_is_stored_once_however_often_and_wherever_it_is_seen(
    follower: Follower, tmp_path: Path, checkout: Flag
) -> None:
    other = Follower(Store(), DiskCopy(tmp_path))
    for asked in (follower, other, follower):
        ask_with(asked, '{"plan": "pro"}')
    assert SeenAttribute.objects.count() == 1


def test_invented_names_are_not_remembered_without_end() -> None:
    seen = SeenAttributes()
    for n in range(3 * MOST):
        seen.note("staging", {f"name-{n}": 1})
    assert len(seen.take()["staging"]) == MOST


def test_what_was_taken_is_not_given_again() -> None:
    seen = SeenAttributes()
    seen.note("staging", {"plan": 1})
    assert seen.take() == {"staging": {"plan"}}
    seen.note("staging", {"plan": 2})
    assert seen.take() == {}
