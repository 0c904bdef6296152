"""Django behind the asynchronous server sees each request as a WSGI server would have shown it."""

import asyncio
from collections.abc import Callable, Iterable
from typing import Any

import orjson
import pytest

from evaluation.doors.asgi import ClientLeft
from evaluation.tests.asking import Answer, ask
from flagplatform.bridge import DjangoBridge

Start = Callable[[str, list[tuple[str, str]]], None]


def mirror(environ: dict[str, Any], start_response: Start) -> Iterable[bytes]:
    """A WSGI application that answers with what it was given."""
    seen = {name: value for name, value in environ.items() if isinstance(value, str)}
    start_response("201 Created", [("X-Twice", "1"), ("X-Twice", "2")])
    return [orjson.dumps({**seen, "body": environ["wsgi.input"].read().decode()})]


def bridged(path: str = "/flags", query: str = "", **more: Any) -> Answer:
    return ask(DjangoBridge(mirror, threads=1, max_body=1000), path, query, **more)


def test_status_and_body_come_back() -> None:
    answer = bridged()
    assert (answer.status, answer.json()["REQUEST_METHOD"], answer.json()["PATH_INFO"]) == (201, "GET", "/flags")


def test_a_path_beyond_ascii_is_bytes_in_disguise() -> None:
    assert bridged("/flags/gr%C3%BC%C3%9Fe").json()["PATH_INFO"].encode("latin-1").decode() == "/flags/grüße"


def test_a_body_without_a_length_is_read_whole_and_given_one() -> None:
    seen = bridged(method="POST", body=b'{"key": "a"}', headers={"Transfer-Encoding": "chunked"}).json()
    assert (seen["body"], seen["CONTENT_LENGTH"]) == ('{"key": "a"}', "12")
    assert "HTTP_TRANSFER_ENCODING" not in seen


@pytest.mark.parametrize("headers", [{}, {"Content-Length": "1001"}, {"Content-Length": "5"}])
def test_a_body_over_the_limit_is_refused_as_json(headers: dict[str, str]) -> None:
    answer = bridged(method="POST", body=b"x" * 1001, headers=headers)
    assert (answer.status, answer.json()["code"]) == (413, "too_large")


def test_headers_arrive_under_their_wsgi_names() -> None:
    seen = bridged(headers={"Content-Type": "application/json", "If-Match": '"3"'}).json()
    assert (seen["CONTENT_TYPE"], seen["HTTP_IF_MATCH"]) == ("application/json", '"3"')


def test_a_header_with_underscores_cannot_pass_for_another() -> None:
    assert "HTTP_X_FORWARDED_PROTO" not in bridged(headers={"X_Forwarded_Proto": "https"}).json()


def test_of_a_body_whose_sender_left_nothing_is_done() -> None:
    called: list[Any] = []
    arrived = [{"type": "http.request", "body": b"is_enabled=tr", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return arrived.pop(0)

    async def send(message: Any) -> None:
        called.append(message)

    bridge = DjangoBridge(lambda *_: called, threads=1, max_body=100)
    with pytest.raises(ClientLeft):
        asyncio.run(bridge({"type": "http", "method": "POST", "path": "/", "headers": []}, receive, send))
    assert called == []
