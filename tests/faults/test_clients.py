"""Clients that send too much, too slowly, or what nobody knows: the others are answered all the same."""

import socket
import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import requests

from tests.faults.place import Place
from tests.faults.probe import probing
from tests.faults.test_processes import memory
from tests.servers import Server

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Two = tuple[Server, Server]
HUGE = {
    "one string": {"text": "x" * 1_000_000},
    "many keys": {f"key-{n}": n for n in range(10_000)},
    "a string of 100 KB": {"text": "x" * 100_000},
}


@pytest.mark.parametrize("kind", HUGE)
def test_f19_a_huge_context_is_refused_and_leaves_nothing_behind(two: Two, kind: str) -> None:
    first, _ = two
    question = {"environment_key": "staging", "user_id": "u1", "context": HUGE[kind]}
    body = requests.Request("POST", f"{first.url}/evaluate/checkout", json=question).prepare().body
    with probing(*two), requests.Session() as session:
        for _ in range(20):
            assert session.post(f"{first.url}/evaluate/checkout", data=body, timeout=10).status_code == 413
        warm = memory(first)
        for _ in range(200):
            assert session.post(f"{first.url}/evaluate/checkout", data=body, timeout=10).status_code == 413
    assert memory(first) - warm < 20


@pytest.mark.parametrize(
    "sent",
    [b"GET /evaluate/checkout?x=", b"POST /evaluate/checkout HTTP/1.1\r\nHost: a\r\nContent-Length: 5000\r\n\r\n{"],
    ids=["headers", "bodies"],
)
def test_f32_four_hundred_clients_that_never_finish_sending_hold_up_nobody(two: Two, sent: bytes) -> None:
    """And each of them is cut off within 15 seconds."""
    first, second = two
    begun = time.monotonic()
    slow = [socket.create_connection(("127.0.0.1", first.port)) for _ in range(400)]
    try:
        with probing(first, second) as probe:
            for each in slow:
                each.sendall(sent)
            probe.see(60)
            for each in slow:
                each.sendall(b"a")
            probe.see(20)
            assert first.http.get(f"{first.url}/flags", timeout=5).status_code == 200
            for each in slow:
                each.settimeout(20)
                assert is_cut(each)
        assert time.monotonic() - begun < 15
    finally:
        for each in slow:
            each.close()


def is_cut(line: socket.socket) -> bool:
    """Whether the server has ended the connection; waits for it."""
    try:
        return line.recv(4096) == b""
    except ConnectionResetError:
        return True


def test_f32_readers_that_never_read_hold_up_nobody(two: Two) -> None:
    """They ask for 500 answers each and take none."""
    first, second = two
    question = b"GET /evaluate/checkout?environment_key=staging&user_id=u1 HTTP/1.1\r\nHost: localhost\r\n\r\n"
    deaf = [socket.create_connection(("127.0.0.1", first.port)) for _ in range(50)]
    try:
        with probing(first, second) as probe:
            for each in deaf:
                each.setblocking(False)
                each.send(question * 500)
            probe.see(60)
    finally:
        for each in deaf:
            each.close()


def test_f37_a_flood_of_unknown_flags_and_keys_asks_the_database_nothing(place: Place, two: Two) -> None:
    """What goes up to the database meanwhile are the polls, whose size is known from a calm time as long."""
    first, _ = two

    def ask(n: int) -> int:
        headers = {"X-API-Key": f"fp_server_{n}"} if n % 2 else {}
        address = f"{first.url}/evaluate/nobody-{n}?environment_key=staging&user_id=u{n}"
        return session.get(address, headers=headers, timeout=5).status_code

    with probing(*two), requests.Session() as session, ThreadPoolExecutor(8) as pool:
        calm = place.database.passed_up
        time.sleep(5)
        calm = place.database.passed_up - calm
        started, before = time.monotonic(), place.database.passed_up
        told = set(pool.map(ask, range(2_000)))
        seconds = time.monotonic() - started
        passed = place.database.passed_up - before
    assert told == {401, 404}
    assert passed < 3 * calm * (seconds / 5 + 1)
