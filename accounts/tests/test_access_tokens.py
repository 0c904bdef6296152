"""An access token opens the API while it is genuine and young, and its sign-in and its user live."""

import base64
import json
from datetime import timedelta
from typing import Any
from uuid import uuid4

import jwt
import pytest
import time_machine
from django.conf import settings
from django.utils import timezone

from accounts.models import SignIn, User
from accounts.sessions import sign_in
from accounts.tokens import Tokens
from conftest import PASSWORD


@pytest.fixture
def tokens(bob: User) -> Tokens:
    return sign_in(bob.email, PASSWORD)


def status(api: Any, token: str, *, scheme: str = "Bearer") -> tuple[int, str]:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"{scheme} {token}")
    answer = client.get("/api/auth/me")
    return answer.status_code, answer.json().get("code", "")


def claims_of(token: str) -> dict[str, Any]:
    found: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return found


def signed(claims: dict[str, Any], *, key: str = "") -> str:
    return jwt.encode(claims, key or settings.SECRET_KEY, algorithm="HS256")


def part(value: dict[str, Any]) -> str:
    return base64.urlsafe_b64encode(json.dumps(value).encode()).rstrip(b"=").decode()


def test_token_opens_the_api(api: Any, tokens: Tokens) -> None:
    assert status(api, tokens.access_token) == (200, "")


def test_scheme_may_be_written_in_any_case(api: Any, tokens: Tokens) -> None:
    assert status(api, tokens.access_token, scheme="bearer") == (200, "")


@pytest.mark.parametrize("token", ["", "nonsense", "a.b.c", "a b", "é", "....", "null"])
def test_what_is_no_token_is_refused(api: Any, db: None, token: str) -> None:
    assert status(api, token) == (401, "token_invalid")


def test_other_schemes_are_not_ours(api: Any, tokens: Tokens) -> None:
    assert status(api, tokens.access_token, scheme="Basic") == (401, "unauthenticated")


def test_tampered_claims_are_refused(api: Any, tokens: Tokens, alice: User) -> None:
    header, _, signature = tokens.access_token.split(".")
    forged = {**claims_of(tokens.access_token), "sub": str(alice.pk)}
    assert status(api, f"{header}.{part(forged)}.{signature}") == (401, "token_invalid")


def test_unsigned_token_is_refused(api: Any, tokens: Tokens) -> None:
    body = part(claims_of(tokens.access_token))
    for algorithm in ("none", "None", "NONE"):
        assert status(api, f"{part({'alg': algorithm, 'typ': 'JWT'})}.{body}.") == (401, "token_invalid")


def test_token_signed_with_another_key_is_refused(api: Any, tokens: Tokens) -> None:
    forged = signed(claims_of(tokens.access_token), key="somebody else's secret, long enough for HMAC")
    assert status(api, forged) == (401, "token_invalid")


def test_token_signed_with_another_algorithm_is_refused(api: Any, tokens: Tokens) -> None:
    forged = jwt.encode(claims_of(tokens.access_token), settings.SECRET_KEY * 2, algorithm="HS512")
    assert status(api, forged) == (401, "token_invalid")


def test_refresh_token_is_no_access_token(api: Any, tokens: Tokens) -> None:
    assert status(api, tokens.refresh_token) == (401, "token_invalid")


@pytest.mark.parametrize("claim", ["exp", "jti", "sid", "token_type"])
def test_token_without_a_claim_is_refused(api: Any, tokens: Tokens, claim: str) -> None:
    claims = claims_of(tokens.access_token)
    del claims[claim]
    assert status(api, signed(claims)) == (401, "token_invalid")


@pytest.mark.parametrize("value", ["not an id", 7, None, ["x"], {}])
def test_token_with_a_broken_sign_in_id_is_refused(api: Any, tokens: Tokens, value: Any) -> None:
    assert status(api, signed({**claims_of(tokens.access_token), "sid": value})) == (401, "token_invalid")


def test_token_of_an_unknown_sign_in_is_refused(api: Any, tokens: Tokens) -> None:
    assert status(api, signed({**claims_of(tokens.access_token), "sid": str(uuid4())})) == (401, "sign_in_ended")


def test_token_expires(api: Any, tokens: Tokens) -> None:
    with time_machine.travel(timezone.now() + timedelta(minutes=14), tick=False):
        assert status(api, tokens.access_token) == (200, "")
    with time_machine.travel(timezone.now() + timedelta(minutes=16), tick=False):
        assert status(api, tokens.access_token) == (401, "token_expired")


def test_clocks_that_differ_by_seconds_do_not_matter(api: Any, tokens: Tokens) -> None:
    with time_machine.travel(timezone.now() - timedelta(seconds=20), tick=False):
        assert status(api, tokens.access_token) == (200, "")


def test_sign_in_that_is_over_takes_its_tokens_along(api: Any, tokens: Tokens) -> None:
    SignIn.objects.update(expires_at=timezone.now())
    assert status(api, tokens.access_token) == (401, "sign_in_ended")


def test_token_is_dead_after_signing_out(api: Any, tokens: Tokens) -> None:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {tokens.access_token}")
    assert client.post("/api/auth/logout").status_code == 204
    assert status(api, tokens.access_token) == (401, "sign_in_ended")


def test_token_is_dead_after_deactivation(api: Any, tokens: Tokens, bob: User) -> None:
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert status(api, tokens.access_token) == (401, "sign_in_ended")


def test_deactivation_past_our_rows_counts_too(api: Any, tokens: Tokens, bob: User) -> None:
    User._base_manager.filter(pk=bob.pk).update(is_active=False)
    assert status(api, tokens.access_token) == (401, "sign_in_ended")


def test_reactivation_does_not_wake_old_tokens(api: Any, tokens: Tokens, bob: User) -> None:
    for is_active in (False, True):
        bob.is_active = is_active
        bob.save()
    assert status(api, tokens.access_token) == (401, "sign_in_ended")


def test_role_counts_as_it_is_now(api: Any, alice: User) -> None:
    client = api(alice)
    User.objects.filter(pk=alice.pk).update(role="viewer")
    assert client.get("/api/auth/me").json()["role"] == "viewer"
    assert client.get("/api/auth/users").status_code == 403


def test_role_in_a_token_counts_for_nothing(api: Any, tokens: Tokens) -> None:
    client = api()
    client.credentials(HTTP_AUTHORIZATION=f"Bearer {signed({**claims_of(tokens.access_token), 'role': 'admin'})}")
    assert client.get("/api/auth/users").status_code == 403


def test_sign_in_and_user_are_read_in_one_query(api: Any, tokens: Tokens, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        assert status(api, tokens.access_token) == (200, "")
