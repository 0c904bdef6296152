"""Of simultaneous exchanges of one refresh token exactly one wins, and losing the race harms nobody."""

import threading
from typing import Any

import pytest

from accounts.models import SignIn, User
from accounts.sessions import refresh, sign_in, sign_out
from accounts.tests.racing import failures, pausing_after, race
from accounts.tokens import Tokens
from conftest import PASSWORD

pytestmark = pytest.mark.django_db(transaction=True)
RIVALS = 6


@pytest.fixture
def token(bob: User) -> str:
    return sign_in(bob.email, PASSWORD).refresh_token


def winners(results: list[Any]) -> list[Tokens]:
    return [result for result in results if isinstance(result, Tokens)]


def test_exactly_one_of_many_wins(token: str) -> None:
    results = race(*[lambda: refresh(token)] * RIVALS)
    assert len(winners(results)) == 1
    assert set(failures(results)) <= {"race_lost", "token_replayed", "sign_in_ended"}
    assert len(failures(results)) == RIVALS - 1


def test_all_who_saw_the_token_good_race_without_harm(token: str) -> None:
    looked = threading.Barrier(RIVALS)

    def attempt() -> Tokens:
        with pausing_after('FROM "accounts_signin"', lambda: looked.wait(10)):
            return refresh(token)

    results = race(*[attempt] * RIVALS)
    assert failures(results) == ["race_lost"] * (RIVALS - 1)
    (winner,) = winners(results)
    assert refresh(winner.refresh_token).access_token


def test_sign_out_between_look_and_lock_wins(token: str) -> None:
    def attempt() -> Tokens:
        with pausing_after('FROM "accounts_signin"', lambda: sign_out(SignIn.objects.get())):
            return refresh(token)

    assert failures(race(attempt)) == ["sign_in_ended"]
