"""Guessing a password ends after ten attempts in a minute, whichever door it is tried at; others are not held up."""

import random
from typing import Any

import pytest
from django.test import Client

from accounts import attempts
from accounts.attempts import LIMIT
from accounts.models import User
from conftest import PASSWORD

LOGIN = "/api/auth/login"
ALICES, BOBS = "192.0.2.1", "192.0.2.2"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The middle of a minute that does not end by itself, and in which no other test tries."""
    now = [random.randrange(10**9) * 60 + 30.0]
    monkeypatch.setattr(attempts, "time", lambda: now[0])
    return now


def tried(client: Any, email: str, password: str = "wrong horse battery", **headers: str) -> Any:
    return client.post(LOGIN, {"email": email, "password": password}, **{"REMOTE_ADDR": ALICES, **headers})


def guess(client: Any, email: str, times: int = LIMIT, **headers: str) -> None:
    for _ in range(times):
        assert tried(client, email, **headers).status_code == 401


def test_after_ten_guesses_the_right_password_is_refused_too(api: Any, bob: User) -> None:
    guess(api(), bob.email)
    refused = tried(api(), bob.email, PASSWORD)
    assert (refused.status_code, refused.json()["code"]) == (429, "too_many_attempts")
    assert 1 <= int(refused["Retry-After"]) <= 60
    assert refused["Retry-After"] in refused.json()["message"]


def test_the_next_minute_begins_anew(api: Any, bob: User, now: list[float]) -> None:
    guess(api(), bob.email)
    now[0] += int(tried(api(), bob.email)["Retry-After"])
    assert tried(api(), bob.email, PASSWORD).status_code == 200


def test_others_are_not_held_up(api: Any, bob: User, charlie: User) -> None:
    guess(api(), bob.email)
    assert tried(api(), charlie.email, PASSWORD).status_code == 200
    assert tried(api(), bob.email, PASSWORD, REMOTE_ADDR=BOBS).status_code == 200


def test_whoever_gets_in_is_not_counted(api: Any, bob: User) -> None:
    for _ in range(2):
        guess(api(), bob.email, LIMIT - 1)
        assert tried(api(), bob.email, PASSWORD).status_code == 200


def test_another_spelling_of_the_email_is_the_same(api: Any, bob: User) -> None:
    guess(api(), bob.email)
    assert tried(api(), bob.email.upper()).status_code == 429


def test_emails_without_an_account_are_limited_alike(api: Any, db: None) -> None:
    guess(api(), "nobody@example.com")
    assert tried(api(), "nobody@example.com").status_code == 429


def test_an_invented_proxy_gives_no_more_attempts(api: Any, bob: User) -> None:
    for n in range(LIMIT):
        guess(api(), bob.email, 1, HTTP_X_FORWARDED_FOR=f"203.0.113.{n}")
    assert tried(api(), bob.email, HTTP_X_FORWARDED_FOR="203.0.113.99").status_code == 429


def test_clients_of_a_trusted_proxy_are_counted_apart(api: Any, bob: User, settings: Any) -> None:
    settings.TRUSTED_PROXIES = [ALICES]
    guess(api(), bob.email, HTTP_X_FORWARDED_FOR="203.0.113.1")
    assert tried(api(), bob.email, PASSWORD, HTTP_X_FORWARDED_FOR="203.0.113.2").status_code == 200


@pytest.mark.parametrize(
    ("path", "field"), [("/dashboard/sign-in", "email"), ("/admin/login/", "username")], ids=["dashboard", "admin"]
)
def test_pages_count_together_with_the_api(api: Any, bob: User, path: str, field: str) -> None:
    guess(api(), bob.email, LIMIT - 1)
    page = Client(REMOTE_ADDR=ALICES)
    wrong, refused = (page.post(path, {field: bob.email, "password": p}) for p in ("wrong horse battery", PASSWORD))
    assert wrong.status_code in (200, 401)
    assert (refused.status_code, int(refused["Retry-After"]) > 0) == (429, True)
    assert b"Too many attempts" in refused.content
