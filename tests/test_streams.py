"""Streams of a real server: a thousand in one process, revoked keys, and an end within two seconds."""

import os
import resource
import signal
import socket
import time
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

import pytest

from tests.conftest import Prepared
from tests.servers import Installation, Server, wait_for

pytestmark = pytest.mark.server

KEY = """
from accounts.api_keys import issue_key
from accounts.models import Environment, User
key, text = issue_key(Environment.objects.get(key="staging"), kind="server", name="sdk", by=User.objects.get())
print("KEY", text)
"""
REVOKE = """
from datetime import UTC, datetime
from accounts.api_keys import revoke_key
from accounts.models import ApiKey, User
revoke_key(ApiKey.objects.get(name="sdk"), by=User.objects.get(), now=datetime.now(UTC))
"""
MANY = 1_000


@pytest.fixture
def installation(tmp_path: Path, prepared: Prepared) -> Installation:
    return prepared(tmp_path)


@pytest.fixture
def key(installation: Installation) -> str:
    return installation.manage("shell", "--verbosity", "0", "-c", KEY).split("KEY ")[1].strip()


@pytest.fixture
def server(installation: Installation, key: str) -> Iterator[Server]:
    server = installation.serve().wait().sign_in()
    edit(server, {"key": "checkout", "environment_key": "staging", "is_enabled": True})
    yield server
    server.end()


def edit(server: Server, flag: dict[str, object]) -> None:
    assert server.http.post(f"{server.url}/flags", json=flag, timeout=10).status_code == 201


def opened(server: Server, key: str) -> socket.socket:
    """A stream whose answer has begun."""
    stream = socket.create_connection(("127.0.0.1", server.port), timeout=10)
    path = "/api/environments/staging/stream"
    stream.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {key}\r\n\r\n".encode())
    return stream


def read_until(stream: socket.socket, text: bytes) -> bytes:
    read = b""
    while text not in read:
        part = stream.recv(4096)
        assert part, read
        read += part
    return read


def resident(server: Server) -> float:
    """Megabytes."""
    pages = int(Path(f"/proc/{server.process.pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1024**2


def sockets(server: Server) -> int:
    """Open ones. Files don't count: a thread that first asks the database meanwhile keeps it open."""
    found = 0
    for file in Path(f"/proc/{server.process.pid}/fd").iterdir():
        with suppress(FileNotFoundError):  # closed between the listing and the look
            found += file.readlink().name.startswith("socket:")
    return found


@pytest.mark.skipif(resource.getrlimit(resource.RLIMIT_NOFILE)[0] < MANY + 500, reason="too few open files allowed")
def test_a_thousand_streams_take_50_mb_at_most_and_end_within_2_s(server: Server, key: str) -> None:
    before = resident(server)
    streams = [opened(server, key) for _ in range(MANY)]
    for stream in streams:
        read_until(stream, b'"revision":1}')
    edit(server, {"key": "other", "environment_key": "staging", "is_enabled": True})
    for stream in streams:
        read_until(stream, b'"revision":2}')
    assert resident(server) - before <= 50
    start = time.monotonic()
    server.end(signal.SIGTERM)
    assert time.monotonic() - start <= 2
    assert all(stream.recv(4096).endswith(b"0\r\n\r\n") for stream in streams)
    assert "Traceback" not in server.log.read_text()
    for stream in streams:
        stream.close()


def test_what_callers_leave_behind_is_given_back(server: Server, key: str) -> None:
    before = sockets(server)
    streams = [opened(server, key) for _ in range(50)]
    for stream in streams:
        read_until(stream, b"revision")
    assert sockets(server) >= before + 50
    for stream in streams:
        stream.close()
    wait_for(lambda: sockets(server) <= before, seconds=5)


def test_a_revoked_key_ends_its_streams(server: Server, installation: Installation, key: str) -> None:
    with opened(server, key) as stream:
        read_until(stream, b"revision")
        installation.manage("shell", "--verbosity", "0", "-c", REVOKE)
        read_until(stream, b"0\r\n\r\n")
    with opened(server, key) as stream:
        assert read_until(stream, b"}").startswith(b"HTTP/1.1 401")
