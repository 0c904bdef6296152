"""The Django admin makes, changes and lets go of people by the same rules as the API."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.test import Client

from accounts.changes import Change, Write, closing
from accounts.models import Membership, Project, User
from accounts.sessions import SignInEnded, refresh, sign_in
from conftest import PASSWORD

USERS = "/admin/accounts/user/"
GOOD = {"email": "New@Example.com", "name": "New", "role": "developer", "password": "three words are enough"}


@pytest.fixture
def admin(alice: User) -> Client:
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def written() -> Iterator[list[Write]]:
    seen: list[Write] = []

    def listen(sender: type, change: Change, **_: Any) -> None:
        seen.extend(change.writes)

    closing.connect(listen)
    yield seen
    closing.disconnect(listen)


def edit(client: Client, user: User, **fields: Any) -> Any:
    standing = {"name": user.name, "role": user.role, "is_active": "on" if user.is_active else ""}
    given = {**standing, **fields}
    return client.post(f"{USERS}{user.pk}/change/", {name: value for name, value in given.items() if value})


def test_admin_makes_a_user_who_can_sign_in(admin: Client, alice: User, written: list[Write]) -> None:
    assert admin.post(f"{USERS}add/", GOOD).status_code == 302
    assert sign_in("new@example.com", GOOD["password"]).user.role == "developer"
    assert [(write.action, write.by) for write in written] == [("create", alice)]


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"password": "short"}, "too short"),
        ({"password": "x" * 129}, "at most 128"),
        ({"password": ""}, "required"),
        ({"email": "alice@example.com"}, "already exists"),
        ({"email": "ALICE@example.com"}, "has an account"),
        ({"role": "owner"}, "not one of the available choices"),
    ],
)
def test_refused_user_is_a_form_error(admin: Client, fields: dict[str, str], reason: str) -> None:
    answer = admin.post(f"{USERS}add/", {**GOOD, **fields})
    assert answer.status_code == 200
    assert reason in answer.content.decode()
    assert User.objects.count() == 1


def test_refused_form_keeps_what_was_typed(admin: Client) -> None:
    page = admin.post(f"{USERS}add/", {**GOOD, "password": "short"}).content.decode()
    assert 'value="New@Example.com"' in page
    assert "short" not in page.replace("too short", "")


def test_role_is_changed_in_the_name_of_who_is_signed_in(
    admin: Client, alice: User, bob: User, written: list[Write]
) -> None:
    written.clear()
    assert edit(admin, bob, role="admin").status_code == 302
    assert User.objects.get(pk=bob.pk).role == "admin"
    assert {write.by for write in written} == {alice}


def test_own_admin_role_stays(admin: Client, alice: User) -> None:
    answer = edit(admin, alice, role="viewer")
    assert "cannot take the admin role from yourself" in answer.content.decode()
    assert User.objects.get(pk=alice.pk).role == "admin"


def test_what_was_refused_in_part_is_refused_as_a_whole(admin: Client, alice: User) -> None:
    edit(admin, alice, name="Alicia", role="viewer")
    assert User.objects.get(pk=alice.pk).name == "Alice"


def test_deactivated_user_is_signed_out_everywhere(admin: Client, bob: User) -> None:
    tokens = sign_in(bob.email, PASSWORD)
    edit(admin, bob, is_active="")
    with pytest.raises(SignInEnded):
        refresh(tokens.refresh_token)


def test_nobody_is_deleted(admin: Client, bob: User) -> None:
    assert admin.post(f"{USERS}{bob.pk}/delete/", {"post": "yes"}).status_code == 403
    answer = admin.post(USERS, {"action": "delete_selected", "_selected_action": str(bob.pk), "post": "yes"})
    assert User.objects.filter(pk=bob.pk).exists(), answer.content


def test_password_hash_is_not_shown(admin: Client, bob: User) -> None:
    page = admin.get(f"{USERS}{bob.pk}/change/").content.decode()
    assert "argon2" not in page


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_others_do_not_see_people(db: None, name: str, request: pytest.FixtureRequest) -> None:
    user = request.getfixturevalue(name)
    client = Client()
    client.force_login(user)
    assert client.get(USERS).status_code == client.get(f"{USERS}add/").status_code == 403
    assert edit(client, user, role="admin").status_code == 403
    assert client.get("/admin/accounts/membership/").status_code == 403


def test_own_password_is_changed_in_ones_own_name(admin: Client, alice: User, written: list[Write]) -> None:
    form = {"old_password": PASSWORD, "new_password1": "a new long secret", "new_password2": "a new long secret"}
    assert admin.post("/admin/password_change/", form).status_code == 302
    assert [write.by for write in written if "password" in (write.after or {})] == [alice]
    assert admin.get("/admin/").status_code == 200


def test_membership_is_made_changed_and_removed(admin: Client, bob: User, project: Project) -> None:
    memberships = "/admin/accounts/membership/"
    admin.post(f"{memberships}add/", {"user": bob.pk, "project": project.pk, "role": "viewer"})
    made = Membership.objects.get()
    admin.post(f"{memberships}{made.pk}/change/", {"role": "admin"})
    assert Membership.objects.get().role == "admin"
    admin.post(f"{memberships}{made.pk}/delete/", {"post": "yes"})
    assert not Membership.objects.exists()
