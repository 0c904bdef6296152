"""A body that is no JSON object, or holds what no database can, is refused before anything is looked at."""

from typing import Any

import pytest

from accounts.models import Environment, User


@pytest.fixture
def post(api: Any, alice: User) -> Any:
    client = api(alice)

    def send(body: bytes, content_type: str = "application/json") -> Any:
        return client.generic("POST", "/api/environments", body, content_type=content_type)

    return send


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"{'name': 'qa'}",
        b'{"name": "qa"',
        b'{"name": "qa"} trailing',
        b'{"name": NaN}',
        b"\xff\xfe",
        b'{"name": "\xed\xa0\x80"}',
        b'{"name": "\\ud800"}',
        b'{"name": "a\\u0000b"}',
        b'{"name": "qa", "description": ' + b"[" * 40 + b"]" * 40 + b"}",
        b"",
        b"null",
        b"[]",
        b'"qa"',
        b"1",
    ],
)
def test_it_is_refused_in_the_one_shape(post: Any, body: bytes) -> None:
    answer = post(body)
    assert answer.status_code == 400
    assert set(answer.json()) == {"code", "message", "fields"}
    assert Environment.objects.count() == 3


@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "multipart/form-data; boundary=x", "text/plain"])
def test_other_kinds_of_body_are_not_read(post: Any, kind: str) -> None:
    answer = post(b"name=qa", kind)
    assert answer.status_code == 415
    assert answer.json()["code"] == "unsupported_media_type"


def test_body_over_the_limit_is_refused(post: Any, settings: Any) -> None:
    answer = post(b'{"name": "' + b"x" * settings.MAX_BODY_BYTES + b'"}')
    assert (answer.status_code, answer.json()["code"]) == (413, "too_large")


@pytest.mark.parametrize("query", ["project=%00", "project=a%00b", "page=0", "page_size=101", "page=x"])
def test_bad_query_is_refused(api: Any, alice: User, query: str) -> None:
    assert api(alice).get(f"/api/environments?{query}").status_code == 400


def test_method_that_is_not_offered_is_told(api: Any, alice: User) -> None:
    answer = api(alice).delete("/api/environments")
    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


@pytest.mark.parametrize("path", ["/api/environments/", "/environments", "/environments/"])
def test_address_answers_at_the_root_and_with_a_slash(api: Any, alice: User, path: str) -> None:
    assert api(alice).get(path).status_code == 200
