"""Signing in gives tokens to those who know e-mail and password, and tells nobody else anything."""

from typing import Any

import pytest

from accounts.models import SignIn, User
from accounts.passwords import Argon2id
from conftest import PASSWORD

LOGIN = "/api/auth/login"


class Counting(Argon2id):
    """Counts what costs time."""

    hashes: list[str] = []

    def encode(self, password: str, salt: str) -> str:
        self.hashes.append("encode")
        return super().encode(password, salt)

    def verify(self, password: str, encoded: str) -> bool:
        self.hashes.append("verify")
        return super().verify(password, encoded)


@pytest.mark.django_db
@pytest.mark.parametrize(
    "body", [{}, {"email": "a@example.com"}, {"email": 1, "password": "x"}, {"email": "a", "password": "x" * 129}, []]
)
def test_incomplete_credentials_are_bad_input(api: Any, body: Any) -> None:
    answer = api().post(LOGIN, body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_answer_carries_a_pair_of_tokens_and_the_user(api: Any, bob: User) -> None:
    answer = api().post(LOGIN, {"email": bob.email, "password": PASSWORD})
    body = answer.json()
    assert answer.status_code == 200
    assert set(body) == {"access_token", "refresh_token", "token_type", "expires_in", "user"}
    assert (body["token_type"], body["expires_in"], body["user"]["email"]) == ("bearer", 900, bob.email)


def test_email_is_known_in_any_case(api: Any, bob: User) -> None:
    assert api().post(LOGIN, {"email": "BOB@Example.com", "password": PASSWORD}).status_code == 200


def test_unknown_email_wrong_password_and_deactivated_account_answer_the_same(api: Any, bob: User, eve: User) -> None:
    attempts = [("nobody@example.com", PASSWORD), (bob.email, "wrong horse battery"), (eve.email, PASSWORD)]
    answers = [api().post(LOGIN, {"email": email, "password": password}) for email, password in attempts]
    assert {answer.status_code for answer in answers} == {401}
    assert len({answer.content for answer in answers}) == 1
    assert answers[0].json()["code"] == "wrong_credentials"


def test_unknown_email_costs_one_hash_as_a_wrong_password_does(api: Any, bob: User, settings: Any) -> None:
    settings.PASSWORD_HASHERS = [f"{__name__}.Counting"]
    counts = []
    for email in ("nobody@example.com", bob.email):
        Counting.hashes.clear()
        api().post(LOGIN, {"email": email, "password": "wrong horse battery"})
        counts.append(len(Counting.hashes))
    assert counts == [1, 1]


def test_user_without_a_password_cannot_sign_in(api: Any, db: None) -> None:
    User.objects.create_user("robot@example.com")
    assert api().post(LOGIN, {"email": "robot@example.com", "password": "!"}).status_code == 401


def test_failed_attempt_begins_no_sign_in(api: Any, bob: User) -> None:
    api().post(LOGIN, {"email": bob.email, "password": "wrong horse battery"})
    assert not SignIn.objects.exists()


def test_each_sign_in_is_its_own(api: Any, bob: User) -> None:
    first, second = api(bob), api(bob)
    assert first.post("/api/auth/logout").status_code == 204
    assert second.get("/api/auth/me").status_code == 200


def test_me_is_who_signed_in(api: Any, bob: User) -> None:
    shown = api(bob).get("/auth/me").json()
    assert shown["id"] == str(bob.pk)
    assert (shown["email"], shown["role"]) == (bob.email, "developer")


def test_me_needs_a_sign_in(api: Any, db: None) -> None:
    answer = api().get("/auth/me")
    assert (answer.status_code, answer.json()["code"]) == (401, "unauthenticated")
    assert answer["WWW-Authenticate"] == "Bearer"
