"""Admins give people another role in one project, and take it back."""

from typing import Any

import pytest

from accounts import policy
from accounts.models import Membership, Project, User
from accounts.policy import Action
from accounts.tests.racing import race

MEMBERS = "/api/projects/default/members"


def test_member_is_set_by_email_and_by_id(api: Any, alice: User, bob: User, charlie: User) -> None:
    client = api(alice)
    assert client.put(f"{MEMBERS}/{bob.pk}", {"role": "viewer"}).status_code == 200
    assert client.put(f"{MEMBERS}/{charlie.email}", {"role": "developer"}).status_code == 200
    shown = [(member["email"], member["role"]) for member in client.get(MEMBERS).json()["data"]]
    assert shown == [(bob.email, "viewer"), (charlie.email, "developer")]


def test_answer_says_who_and_where(api: Any, alice: User, bob: User) -> None:
    shown = api(alice).put(f"{MEMBERS}/{bob.pk}", {"role": "viewer"}).json()
    assert (shown["project"], shown["user_id"], shown["name"]) == ("default", str(bob.pk), "Bob")


def test_role_counts_in_the_project(api: Any, alice: User, charlie: User, project: Project) -> None:
    api(alice).put(f"{MEMBERS}/{charlie.pk}", {"role": "developer"})
    assert policy.may(charlie, Action.CHANGE, project=project)


def test_second_role_replaces_the_first(api: Any, alice: User, bob: User) -> None:
    client = api(alice)
    for role in ("viewer", "admin"):
        client.put(f"{MEMBERS}/{bob.pk}", {"role": role})
    assert list(Membership.objects.values_list("role", flat=True)) == ["admin"]


@pytest.mark.parametrize("body", [{}, {"role": "owner"}, {"role": 1}, {"role": "viewer", "until": "friday"}])
def test_bad_input_changes_nothing(api: Any, alice: User, bob: User, body: Any) -> None:
    assert api(alice).put(f"{MEMBERS}/{bob.pk}", body).status_code == 400
    assert not Membership.objects.exists()


def test_unknown_user_is_not_found(api: Any, alice: User) -> None:
    answer = api(alice).put(f"{MEMBERS}/nobody@example.com", {"role": "viewer"})
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


def test_member_is_removed(api: Any, alice: User, bob: User, project: Project) -> None:
    Membership.objects.create(user=bob, project=project, role="viewer")
    assert api(alice).delete(f"{MEMBERS}/{bob.email}").status_code == 204
    assert policy.may(bob, Action.CHANGE, project=project)


def test_who_is_no_member_cannot_be_removed(api: Any, alice: User, bob: User) -> None:
    answer = api(alice).delete(f"{MEMBERS}/{bob.pk}")
    assert (answer.status_code, answer.json()["code"]) == (404, "member_not_found")


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_others_neither_see_nor_change_members(api: Any, db: None, name: str, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(name)
    client = api(user)
    assert client.get(MEMBERS).status_code == 403
    assert client.put(f"{MEMBERS}/{user.pk}", {"role": "admin"}).status_code == 403
    assert client.delete(f"{MEMBERS}/{user.pk}").status_code == 403


def test_admin_of_the_project_manages_its_members(api: Any, bob: User, charlie: User, project: Project) -> None:
    Membership.objects.create(user=bob, project=project, role="admin")
    client = api(bob)
    assert client.put(f"{MEMBERS}/{charlie.email}", {"role": "developer"}).status_code == 200
    assert len(client.get(MEMBERS).json()["data"]) == 2


@pytest.mark.django_db(transaction=True)
def test_two_who_add_the_same_member_at_once_add_one(alice: User, bob: User, project: Project) -> None:
    from accounts.members import set_member

    results = race(*[lambda: set_member(Project.objects.get(pk=project.pk), bob, "viewer", by=alice)] * 2)
    assert [result.role for result in results] == ["viewer", "viewer"]
    assert Membership.objects.count() == 1
