"""Who sends or reads so slowly that nothing comes of it is cut off within 15 seconds; who is merely slow is served."""

import os
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.hooked import POURED
from tests.servers import Installation, Server, wait_for
from tests.wire import Wire, request

pytestmark = [pytest.mark.server, pytest.mark.long]

PATIENCE = 15.0
STEADY = 13.0  # seconds that a slow client goes on: longer than the server waits for one that does not move
EVALUATE = "/evaluate/checkout?environment_key=staging"
SLOW_SENDERS = {
    "says nothing": b"",
    "a head": b"GET /evaluate/checkout?x=",
    "the body of a decision": b"POST /evaluate/checkout HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n{",
    "the body of another request": b"POST /flags HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n{",
    "a body in chunks": b"POST /flags HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na",
    "a second request": request(EVALUATE) + b"GET /ev",
}
SLOW_READERS = {
    "decisions": request("/evaluate/large?environment_key=staging") * 1_000,
    "another answer": request("/pours"),
    "one decision after the other": request(EVALUATE),
}


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Installation(tmp_path_factory.mktemp("pace")).serve("server", "tests.hooked:shows").wait(EVALUATE)
    yield server
    server.end()


def test_who_sends_a_byte_a_second_is_cut_off(server: Server) -> None:
    def seconds_until_cut(kind: str) -> float:
        with Wire(server.port, timeout=1) as wire:
            begun = time.monotonic()
            wire.send(SLOW_SENDERS[kind])
            while time.monotonic() - begun < 2 * PATIENCE:
                try:
                    if not wire.socket.recv(4096):
                        break
                except TimeoutError:
                    wire.socket.send(b"a" if SLOW_SENDERS[kind] else b"")
                except OSError:
                    break
            return time.monotonic() - begun

    with ThreadPoolExecutor(len(SLOW_SENDERS)) as pool:
        found = dict(zip(SLOW_SENDERS, pool.map(seconds_until_cut, SLOW_SENDERS), strict=True))
    assert all(seconds < PATIENCE for seconds in found.values()), found


def test_who_reads_nothing_of_what_does_not_fit_is_cut_off(server: Server) -> None:
    before = open_connections(server)
    wires = {kind: Wire(server.port, receives=4096) for kind in SLOW_READERS}
    try:
        for kind, sent in SLOW_READERS.items():
            wires[kind].socket.setblocking(False)
            wires[kind].socket.send(sent)
        wait_for(lambda: open_connections(server) >= before + len(wires), seconds=5)
        assert wait_for(lambda: open_connections(server) <= before, seconds=2 * PATIENCE) < PATIENCE
    finally:
        for wire in wires.values():
            wire.__exit__()


def test_who_is_slow_but_moves_is_served(server: Server) -> None:
    """Ten times the least that has to move, for longer than the server waits for those who do not."""

    def send() -> bool:
        size = int(STEADY * 10_000)
        with Wire(server.port) as wire:
            wire.send(f"POST /flags HTTP/1.1\r\nHost: a\r\nContent-Length: {size}\r\n\r\n".encode())
            wire.send(*[b"x" * (size // 130)] * 130, pause=STEADY / 130)
            return bool(wire.answer().json()["size"] == size)

    def read() -> bool:
        with Wire(server.port, receives=4096) as wire:
            wire.send(request("/pours"))
            begun = time.monotonic()
            while time.monotonic() - begun < STEADY:
                assert wire.socket.recv(2_000)
                time.sleep(0.02)
            left = POURED * 1_000
            while left > POURED * 500 and (more := len(wire.socket.recv(1_000_000))):
                left -= more
            return left <= POURED * 500

    with ThreadPoolExecutor(2) as pool:
        told = [pool.submit(send), pool.submit(read)]
        assert [each.result() for each in told] == [True, True]


def open_connections(server: Server) -> int:
    """Sockets of the process."""
    folder = Path(f"/proc/{server.process.pid}/fd")
    links = [folder / name for name in os.listdir(folder)]
    return sum(link.is_symlink() and os.readlink(link).startswith("socket:") for link in links)
