"""A refresh token is exchanged once; whoever comes with it again ends the sign-in."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.utils import timezone

from accounts.models import SignIn, User
from accounts.sessions import end_all, sign_in
from accounts.tokens import Tokens
from conftest import PASSWORD


@pytest.fixture
def first(bob: User) -> Tokens:
    return sign_in(bob.email, PASSWORD)


def refresh(api: Any, token: Any) -> Any:
    return api().post("/api/auth/refresh", {"refresh_token": token})


def me(api: Any, token: str) -> int:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {token}")
    return int(client.get("/api/auth/me").status_code)


@pytest.mark.parametrize("token", [None, 5, "", [], "x" * 5000])
def test_body_without_a_token_is_bad_input(api: Any, db: None, token: Any) -> None:
    assert refresh(api, token).status_code == 400


def test_nonsense_is_refused(api: Any, db: None) -> None:
    answer = refresh(api, "a.b.c")
    assert (answer.status_code, answer.json()["code"]) == (401, "token_invalid")


def test_access_token_is_no_refresh_token(api: Any, first: Tokens) -> None:
    assert refresh(api, first.access_token).json()["code"] == "token_invalid"


def test_exchange_gives_a_new_pair(api: Any, first: Tokens) -> None:
    answer = refresh(api, first.refresh_token)
    body = answer.json()
    assert answer.status_code == 200
    assert body["refresh_token"] != first.refresh_token
    assert body["user"]["email"] == "bob@example.com"
    assert me(api, body["access_token"]) == 200


def test_camel_case_is_understood(api: Any, first: Tokens) -> None:
    assert api().post("/api/auth/refresh", {"refreshToken": first.refresh_token}).status_code == 200


def test_chain_of_exchanges_stays_one_sign_in(api: Any, first: Tokens) -> None:
    token = first.refresh_token
    for _ in range(3):
        token = refresh(api, token).json()["refresh_token"]
    assert SignIn.objects.count() == 1


def test_replay_is_refused_and_says_so(api: Any, first: Tokens) -> None:
    refresh(api, first.refresh_token)
    answer = refresh(api, first.refresh_token)
    assert (answer.status_code, answer.json()["code"]) == (401, "token_replayed")


def test_replay_ends_the_newest_tokens_too(api: Any, first: Tokens) -> None:
    second = refresh(api, first.refresh_token).json()
    third = refresh(api, second["refresh_token"]).json()
    refresh(api, first.refresh_token)
    assert refresh(api, third["refresh_token"]).json()["code"] == "sign_in_ended"
    assert me(api, third["access_token"]) == me(api, first.access_token) == 401


def test_replay_leaves_other_sign_ins_alone(api: Any, first: Tokens, bob: User) -> None:
    other = sign_in(bob.email, PASSWORD)
    refresh(api, first.refresh_token)
    refresh(api, first.refresh_token)
    assert refresh(api, other.refresh_token).status_code == 200


def test_token_expires(api: Any, first: Tokens) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=14, minutes=1), tick=False):
        assert refresh(api, first.refresh_token).json()["code"] == "token_expired"


def test_each_exchange_prolongs_the_sign_in(api: Any, first: Tokens) -> None:
    with time_machine.travel(timezone.now() + timedelta(days=13), tick=False):
        second = refresh(api, first.refresh_token).json()
    with time_machine.travel(timezone.now() + timedelta(days=26), tick=False):
        assert refresh(api, second["refresh_token"]).status_code == 200


def test_nothing_is_exchanged_after_signing_out(api: Any, first: Tokens) -> None:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {first.access_token}")
    client.post("/api/auth/logout")
    assert refresh(api, first.refresh_token).json()["code"] == "sign_in_ended"


def test_nothing_is_exchanged_by_a_deactivated_user(api: Any, first: Tokens, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert refresh(api, first.refresh_token).status_code == 401


def test_end_all_ends_every_sign_in_of_that_user_alone(api: Any, first: Tokens, bob: User, charlie: User) -> None:
    second, other = sign_in(bob.email, PASSWORD), sign_in(charlie.email, PASSWORD)
    end_all(bob)
    assert refresh(api, first.refresh_token).status_code == refresh(api, second.refresh_token).status_code == 401
    assert refresh(api, other.refresh_token).status_code == 200
