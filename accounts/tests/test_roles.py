"""Admins give roles, keep their own, and never leave the installation without an admin."""

import threading
from typing import Any

import pytest

from accounts import services
from accounts.errors import Invalid
from accounts.models import User
from accounts.tests.racing import failures, meet, pausing_after, race


def give(client: Any, user: User, role: Any) -> Any:
    return client.put(f"/api/auth/users/{user.pk}/role", {"role": role})


@pytest.mark.parametrize("role", ["owner", "Admin", "", None, 1, ["admin"]])
def test_unknown_role_changes_nothing(api: Any, alice: User, bob: User, role: Any) -> None:
    answer = give(api(alice), bob, role)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == ["role"]
    assert User.objects.get(pk=bob.pk).role == "developer"


def test_service_refuses_an_unknown_role_too(alice: User, bob: User) -> None:
    with pytest.raises(Invalid) as refused:
        services.set_role(bob, "owner", by=alice)
    assert list(refused.value.fields) == ["role"]


@pytest.mark.parametrize("role", ["viewer", "developer", "admin"])
def test_admin_gives_any_role(api: Any, alice: User, bob: User, role: str) -> None:
    assert give(api(alice), bob, role).json()["role"] == role


def test_new_role_counts_with_the_token_that_was_there(api: Any, alice: User, charlie: User) -> None:
    client = api(charlie)
    give(api(alice), charlie, "admin")
    assert client.get("/api/auth/users").status_code == 200


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_others_give_no_roles_not_even_to_themselves(
    api: Any, db: None, name: str, request: pytest.FixtureRequest
) -> None:
    user = request.getfixturevalue(name)
    assert give(api(user), user, "admin").status_code == 403


@pytest.mark.parametrize("role", ["viewer", "developer"])
def test_admin_keeps_their_own_role_even_beside_other_admins(api: Any, alice: User, bob: User, role: str) -> None:
    services.set_role(bob, "admin", by=alice)
    answer = give(api(alice), alice, role)
    assert (answer.status_code, answer.json()["code"]) == (409, "own_admin_role")
    assert User.objects.get(pk=alice.pk).role == "admin"


def test_admin_does_not_deactivate_themselves(api: Any, alice: User) -> None:
    answer = api(alice).patch(f"/api/auth/users/{alice.pk}", {"is_active": False})
    assert (answer.status_code, answer.json()["code"]) == (409, "own_admin_role")


def test_giving_oneself_the_role_one_has_is_no_conflict(api: Any, alice: User) -> None:
    assert give(api(alice), alice, "admin").status_code == 200


def test_deactivated_admin_may_be_demoted(api: Any, alice: User, eve: User) -> None:
    assert give(api(alice), eve, "viewer").status_code == 200


@pytest.mark.parametrize(
    "write",
    [
        lambda user, by: services.set_role(user, "viewer", by=by),
        lambda user, by: services.update_user(user, by=by, is_active=False),
    ],
    ids=["demote", "deactivate"],
)
def test_last_admin_stays(alice: User, bob: User, write: Any) -> None:
    bob.role = "admin"  # as he was when his request began
    with pytest.raises(services.LastAdmin):
        write(alice, bob)
    assert User.objects.get(pk=alice.pk).is_superuser


@pytest.mark.django_db(transaction=True)
def test_of_two_admins_who_demote_each_other_one_stays(alice: User, bob: User) -> None:
    services.set_role(bob, "admin", by=alice)
    looked = threading.Barrier(2)

    def demote(email: str, *, by: str) -> User:
        user, actor = User.objects.get(email=email), User.objects.get(email=by)
        with pausing_after(
            '"a" FROM "accounts_user"', lambda: meet(looked, within=1)
        ):  # whether there is another admin
            return services.set_role(user, "viewer", by=actor)

    results = race(lambda: demote(alice.email, by=bob.email), lambda: demote(bob.email, by=alice.email))
    assert failures(results) == ["last_admin"]
    assert User.objects.filter(role="admin", is_active=True).count() == 1
