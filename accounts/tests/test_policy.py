"""The table of roles, cell by cell, and how roles of projects change it."""

import pytest

from accounts import policy
from accounts.errors import Forbidden
from accounts.models import Environment, Membership, Project, User
from accounts.policy import Action

VIEWER = {"read"}
DEVELOPER = {"read", "change"}
ADMIN = {
    "read",
    "change",
    "change protected",
    "delete flags",
    "manage projects",
    "manage environments",
    "manage users",
}
TABLE = {"viewer": VIEWER, "developer": DEVELOPER, "admin": ADMIN}
CELLS = [(role, action, action in may) for role, may in TABLE.items() for action in sorted(ADMIN)]


@pytest.fixture
def other(db: None) -> Project:
    return Project.objects.create(key="other", name="Other")


def test_table_here_knows_every_action() -> None:
    assert {str(action) for action in Action} == ADMIN


@pytest.mark.parametrize(("role", "action", "expected"), CELLS)
def test_role_may(db: None, project: Project, role: str, action: str, expected: bool) -> None:
    user = User.objects.create_user("somebody@example.com", role=role)
    assert policy.may(user, Action(action)) is expected
    assert policy.may(user, Action(action), project=project) is expected


@pytest.mark.parametrize(("role", "action", "expected"), CELLS)
def test_role_in_a_project_counts_there(
    charlie: User, project: Project, role: str, action: str, expected: bool
) -> None:
    Membership.objects.create(user=charlie, project=project, role=role)
    assert policy.may(charlie, Action(action), project=project) is expected


@pytest.mark.parametrize("action", sorted(Action))
def test_role_in_a_project_does_not_count_elsewhere(
    charlie: User, project: Project, other: Project, action: Action
) -> None:
    Membership.objects.create(user=charlie, project=project, role="admin")
    expected = action == Action.READ
    assert policy.may(charlie, action) is expected
    assert policy.may(charlie, action, project=other) is expected


@pytest.mark.parametrize("action", sorted(Action))
def test_deactivated_user_may_nothing(eve: User, project: Project, action: Action) -> None:
    assert not policy.may(eve, action)
    assert not policy.may(eve, action, project=project)
    assert not policy.may_somewhere(eve, action)


def test_role_in_a_project_can_be_lower(bob: User, project: Project) -> None:
    Membership.objects.create(user=bob, project=project, role="viewer")
    assert not policy.may(bob, Action.CHANGE, project=project)


def test_admin_everywhere_is_admin_in_each_project(alice: User, project: Project) -> None:
    Membership.objects.create(user=alice, project=project, role="viewer")
    assert policy.may(alice, Action.CHANGE_PROTECTED, project=project)


def test_one_project_is_somewhere(charlie: User, project: Project) -> None:
    assert not policy.may_somewhere(charlie, Action.CHANGE)
    Membership.objects.create(user=charlie, project=project, role="developer")
    assert policy.may_somewhere(charlie, Action.CHANGE)


@pytest.mark.parametrize(
    ("name", "expected"),
    [("alice", [True, True, True]), ("bob", [True, True, False]), ("charlie", [False] * 3), ("eve", [False] * 3)],
)
def test_protection_is_the_environments_own(
    name: str, expected: list[bool], project: Project, request: pytest.FixtureRequest
) -> None:
    user: User = request.getfixturevalue(name)
    assert [policy.may_change(user, environment) for environment in project.environments.all()] == expected


@pytest.mark.parametrize("action", sorted(Action))
def test_refusal_is_one_sentence_or_two_that_say_what_to_do(eve: User, action: Action) -> None:
    with pytest.raises(Forbidden) as refused:
        policy.require(eve, action)
    assert refused.value.message.endswith(".")


def test_require_change_lets_those_through_who_may(bob: User, staging: Environment, production: Environment) -> None:
    policy.require_change(bob, staging)
    with pytest.raises(Forbidden):
        policy.require_change(bob, production)
