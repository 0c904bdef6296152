"""Who registers becomes a viewer with a password that is good enough, or is told why not."""

from typing import Any

import pytest

from accounts.models import User
from accounts.tests.racing import failures, race

GOOD = {"email": "new@example.com", "password": "three words are enough", "name": "New"}

pytestmark = pytest.mark.django_db


def register(api: Any, **fields: Any) -> Any:
    return api().post("/api/auth/register", {**GOOD, **fields})


@pytest.mark.parametrize(
    "fields",
    [
        {"email": "not an address"},
        {"email": 5},
        {"email": None},
        {"email": f"{'a' * 250}@example.com"},
        {"password": "short"},
        {"password": "password123"},
        {"password": "new@example.com"},
        {"password": "x" * 129},
        {"password": 1234567890123},
        {"name": "n" * 101},
        {"name": ["New"]},
        {"role": "admin"},
        {"is_active": True},
    ],
)
def test_bad_input_is_told_by_field_and_makes_nobody(api: Any, fields: dict[str, Any]) -> None:
    answer = register(api, **fields)
    assert answer.status_code == 400
    assert set(answer.json()["fields"]) == set(fields)
    assert not User.objects.exists()


def test_new_user_is_an_active_viewer(api: Any) -> None:
    answer = register(api)
    assert answer.status_code == 201
    shown = answer.json()
    assert (shown["email"], shown["name"], shown["role"], shown["is_active"]) == (
        "new@example.com",
        "New",
        "viewer",
        True,
    )


def test_answer_does_not_carry_the_password(api: Any) -> None:
    assert "password" not in register(api).json()


def test_email_is_kept_in_lower_case(api: Any) -> None:
    assert register(api, email="New.Person@Example.COM").json()["email"] == "new.person@example.com"


def test_password_is_stored_as_argon2id(api: Any) -> None:
    register(api)
    assert User.objects.get().password.startswith("argon2$argon2id$v=19$m=19456,t=2,p=1$")


def test_taken_email_is_a_conflict_whatever_its_case(api: Any, bob: User) -> None:
    answer = register(api, email="BOB@example.com")
    assert (answer.status_code, answer.json()["code"]) == (409, "email_taken")
    assert User.objects.count() == 1


def test_closed_registration_takes_nobody(api: Any, settings: Any) -> None:
    settings.OPEN_REGISTRATION = False
    answer = register(api)
    assert (answer.status_code, answer.json()["code"]) == (403, "registration_closed")
    assert not User.objects.exists()


def test_registration_needs_no_token_and_minds_no_bad_one(api: Any) -> None:
    client = api()
    client.credentials(HTTP_AUTHORIZATION="Bearer nonsense")
    assert client.post("/auth/register", GOOD).status_code == 201


@pytest.mark.django_db(transaction=True)
def test_two_who_register_the_same_email_at_once_become_one() -> None:
    from accounts.services import register as service

    fields = {"email": "new@example.com", "password": "three words are enough"}
    results = race(*[lambda: service(**fields)] * 2)
    assert failures(results) == ["email_taken"]
    assert User.objects.count() == 1
