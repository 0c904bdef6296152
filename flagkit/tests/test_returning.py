"""A client leaves its server alone for as long as a stream told it to, before it opens the next one."""

import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from flagkit.client import Client
from flagkit.client.options import Options

REST = 1.3


class Streams(BaseHTTPRequestHandler):
    """Opens a stream, says when to return, and ends it; knows no configuration."""

    opened: list[float]

    def do_GET(self) -> None:
        if "/stream" not in self.path:
            self.send_error(503)
            return
        self.opened.append(time.monotonic())
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b"retry: %d\n\n" % (REST * 1000))

    def log_message(self, *_: object) -> None:
        """Nobody reads it."""


@pytest.fixture
def opened() -> Iterator[tuple[str, list[float]]]:
    """The address of a server, and when streams of it were opened."""
    found: list[float] = []
    with ThreadingHTTPServer(("127.0.0.1", 0), type("Opened", (Streams,), {"opened": found})) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", found
        server.shutdown()


def wait_until_opened(found: list[float], times: int) -> None:
    until = time.monotonic() + 15
    while len(found) < times and time.monotonic() < until:
        time.sleep(0.02)
    assert len(found) >= times


def test_it_returns_when_it_was_told_to(opened: tuple[str, list[float]]) -> None:
    url, found = opened
    with Client(url, "fp_server_x", "staging", options=Options(poll=60)):
        wait_until_opened(found, 2)
    assert found[1] - found[0] >= REST


def test_its_own_bound_goes_before_what_it_was_told(opened: tuple[str, list[float]]) -> None:
    url, found = opened
    with Client(url, "fp_server_x", "staging", options=Options(poll=60, longest_backoff=0.1)):
        wait_until_opened(found, 3)
    assert found[2] - found[1] < REST
