"""Admins list, find, rename, deactivate and reactivate people."""

from typing import Any

import pytest

from accounts.models import Membership, Project, User

USERS = "/api/auth/users"


def emails(answer: Any) -> list[str]:
    return [user["email"] for user in answer.json()["data"]]


def test_list_is_paginated_and_sorted_by_email(api: Any, alice: User, bob: User, charlie: User) -> None:
    answer = api(alice).get(f"{USERS}?page_size=2")
    assert emails(answer) == ["alice@example.com", "bob@example.com"]
    assert answer.json()["pagination"] == {"page": 1, "page_size": 2, "total": 3, "total_pages": 2}


@pytest.mark.parametrize("search", ["bob@", "BOB", "ob@exam"])
def test_search_looks_into_email_and_name(api: Any, alice: User, bob: User, search: str) -> None:
    assert emails(api(alice).get(USERS, {"search": search})) == ["bob@example.com"]


def test_search_takes_signs_of_the_database_as_they_are(api: Any, alice: User) -> None:
    assert emails(api(alice).get(USERS, {"search": "%"})) == []


def test_list_costs_the_same_for_many_people(api: Any, alice: User, django_assert_num_queries: Any) -> None:
    client = api(alice)
    for number in range(15):
        User.objects.create_user(f"{number}@example.com")
    with django_assert_num_queries(3):
        assert len(client.get(USERS).json()["data"]) == 16


@pytest.mark.parametrize("path", [USERS, f"{USERS}/alice@example.com"])
def test_only_admins_look(api: Any, alice: User, bob: User, charlie: User, path: str) -> None:
    assert [api(user).get(path).status_code for user in (alice, bob, charlie)] == [200, 403, 403]


def test_admin_of_one_project_does_not_see_everybody(api: Any, bob: User, project: Project) -> None:
    Membership.objects.create(user=bob, project=project, role="admin")
    assert api(bob).get(USERS).status_code == 403


def test_user_is_found_by_id_and_by_email(api: Any, alice: User, bob: User) -> None:
    client = api(alice)
    shown = [client.get(f"{USERS}/{name}").json()["id"] for name in (bob.pk, bob.email, "BOB@example.com")]
    assert shown == [str(bob.pk)] * 3


@pytest.mark.parametrize("name", ["nobody@example.com", "8f4df2a5-0000-4000-8000-000000000000", "x"])
def test_unknown_user_is_not_found(api: Any, alice: User, name: str) -> None:
    answer = api(alice).get(f"{USERS}/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "user_not_found")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_what_is_given_changes(api: Any, alice: User, bob: User, method: str) -> None:
    shown = getattr(api(alice), method)(f"{USERS}/{bob.pk}", {"name": "Robert"}).json()
    assert (shown["name"], shown["is_active"], shown["role"]) == ("Robert", True, "developer")


def test_what_was_read_can_be_sent_back(api: Any, alice: User, bob: User) -> None:
    client = api(alice)
    read = client.get(f"{USERS}/{bob.pk}").json()
    assert client.put(f"{USERS}/{bob.pk}", {**read, "name": "Robert"}).json()["name"] == "Robert"


@pytest.mark.parametrize(
    "body",
    [
        {"is_active": "false"},
        {"is_active": 0},
        {"is_active": None},
        {"name": 5},
        {"name": "n" * 101},
        {"isactive": False},
        {"email": "robert@example.com"},
        {"role": "admin"},
    ],
)
def test_bad_input_changes_nothing(api: Any, alice: User, bob: User, body: dict[str, Any]) -> None:
    answer = api(alice).patch(f"{USERS}/{bob.pk}", body)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == set(body)
    assert User.objects.get(pk=bob.pk).version == bob.version


def test_deactivated_user_is_out_at_once_and_back_after_signing_in_again(api: Any, alice: User, bob: User) -> None:
    admin, client = api(alice), api(bob)
    admin.patch(f"{USERS}/{bob.pk}", {"isActive": False})
    assert client.get("/api/auth/me").status_code == 401
    admin.patch(f"{USERS}/{bob.pk}", {"is_active": True})
    assert client.get("/api/auth/me").status_code == 401
    assert api(bob).get("/api/auth/me").status_code == 200


def test_saving_what_stands_writes_nothing(api: Any, alice: User, bob: User) -> None:
    api(alice).patch(f"{USERS}/{bob.pk}", {"name": "Bob", "is_active": True})
    assert User.objects.get(pk=bob.pk).version == bob.version
