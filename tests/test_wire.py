"""What a real server makes of requests that are not as they should be: one shape of error, and nothing changed."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.conftest import Prepared
from tests.servers import Server

pytestmark = pytest.mark.server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[Server]:
    server = prepared(tmp_path_factory.mktemp("wire")).serve().wait().sign_in()
    yield server
    server.end()


def chunks(text: str) -> Iterator[bytes]:
    """A body that is sent without Content-Length."""
    yield text[:5].encode()
    yield text[5:].encode()


def refused(server: Server, method: str, path: str, **given: object) -> tuple[int, str]:
    answer = server.http.request(method, server.url + path, timeout=10, **given)  # type: ignore[arg-type]
    assert set(answer.json()) == {"code", "message", "fields"}
    return answer.status_code, answer.json()["code"]


def test_a_chunked_body_is_read_whole(server: Server) -> None:
    headers = {"Content-Type": "application/json"}
    made = server.http.post(f"{server.url}/flags", data=chunks('{"key": "chunked"}'), headers=headers, timeout=10)
    assert (made.status_code, made.json()["key"]) == (201, "chunked")


def test_a_chunked_question_is_read_whole(server: Server) -> None:
    body = chunks('{"environment_key": "staging", "user_id": "u"}')
    answer = server.http.post(f"{server.url}/evaluate/nothing", data=body, timeout=10)
    assert answer.json()["code"] == "flag_not_found"


@pytest.mark.parametrize("path", ["/flags", "/api/auth/login", "/dashboard/sign-in"])
def test_a_body_over_the_limit_is_refused_as_json(server: Server, path: str) -> None:
    assert refused(server, "POST", path, data=b"x" * 1_100_000) == (413, "too_large")


@pytest.mark.parametrize("path", ["/flags?search=%00", "/api/flags?x=%00", "/evaluate/a?environment_key=%00"])
def test_nul_in_the_query_is_refused(server: Server, path: str) -> None:
    assert refused(server, "GET", path) == (400, "invalid")


@pytest.mark.parametrize("text", ['{"key": ', "[" * 5000 + "]" * 5000, r'{"key": "\ud800"}', r'{"key": "a\u0000"}'])
def test_a_body_that_is_not_our_json_is_refused(server: Server, text: str) -> None:
    answer = refused(server, "POST", "/flags", data=text, headers={"Content-Type": "application/json"})
    assert answer == (400, "parse_error")


def test_an_address_where_nothing_is(server: Server) -> None:
    assert refused(server, "GET", "/nothing/here") == (404, "not_found")
    assert refused(server, "GET", "/api/nothing") == (404, "not_found")


def test_a_query_that_is_not_ascii_breaks_nothing(server: Server) -> None:
    with socket.create_connection(("127.0.0.1", server.port), timeout=5) as raw:
        raw.sendall("GET /api/flags?search=grüße HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = raw.makefile("rb").read()
    status = int(answer.split(b" ", 2)[1])
    assert status in (400, 401)
    assert b"Traceback" not in answer


def test_errors_of_both_kinds_of_doors_look_alike(server: Server) -> None:
    fast = server.http.get(f"{server.url}/evaluate/x?environment_key=nowhere", timeout=10).json()
    slow = server.http.get(f"{server.url}/environments/nowhere", timeout=10).json()
    assert fast["code"] == slow["code"] == "environment_not_found"
    assert json.dumps(sorted(fast)) == json.dumps(sorted(slow))
