"""`./start` from the first run to the next: what it tells, what it keeps, how it ends."""

import json
import signal
import socket
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest
import requests

from tests import reachable
from tests.servers import ROOT, Installation, free_port, wait_for
from tests.starting import Started
from tests.wire import Wire, request

pytestmark = pytest.mark.server

STOPS_WITHIN = 5  # seconds


def quickstart(installation: Installation, *options: str) -> subprocess.CompletedProcess[str]:
    """A start that is expected to fail."""
    command = [sys.executable, "manage.py", "quickstart", *options]
    return subprocess.run(command, cwd=ROOT, env=installation.env, capture_output=True, text=True, timeout=60)


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return Installation(tmp_path_factory.mktemp("data"))


@pytest.fixture(scope="module")
def started(installation: Installation) -> Iterator[Started]:
    with Started(installation) as running:
        yield running


def test_scripts_are_told_where_it_answers_and_who_may_sign_in(started: Started) -> None:
    assert list(started.told) == ["url", "admin_email", "admin_password", "server_key", "client_key", "pid"]
    assert started.told["pid"] == started.process.pid
    assert requests.get(f"{started.url}/health", timeout=5).json()["status"] == "ok"


def test_only_the_owner_reads_what_scripts_are_told(started: Started, installation: Installation) -> None:
    for file in (started.file, installation.folder / "quickstart.json"):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_told_password_signs_an_admin_in(started: Started) -> None:
    given = {"email": started.told["admin_email"], "password": started.told["admin_password"]}
    answer = requests.post(f"{started.url}/auth/login", json=given, timeout=10).json()
    assert answer["user"]["role"] == "admin"


@pytest.mark.parametrize("kind", ["server_key", "client_key"])
def test_told_key_is_known_at_the_door(started: Started, kind: str) -> None:
    question = f"{started.url}/evaluate/new-checkout?environment_key=development&user_id=alice"
    assert requests.get(question, headers={"X-API-Key": started.told[kind]}, timeout=5).status_code == 200
    assert requests.get(question, headers={"X-API-Key": "fp_server_other"}, timeout=5).status_code == 401


def test_decisions_are_answered_in_the_parser(started: Started) -> None:
    """Which is where heads are bounded: uvicorn's own protocol reads any."""
    with Wire(int(started.url.rpartition(":")[2])) as wire:
        wire.send(request("/livez")[:-2], *[b"X-More: " + b"x" * 8000 + b"\r\n"] * 9, pause=0.02)
        assert wire.answer().status == 431


def test_person_is_shown_a_question_with_its_real_answer(started: Started) -> None:
    lines = [line.strip() for line in started.log.read_text().splitlines()]
    asked = next(line for line in lines if line.startswith("curl "))
    url = asked.removeprefix('curl "').removesuffix('"')
    assert requests.get(url, timeout=5).text == lines[lines.index(asked) + 1]


def test_port_that_another_program_has_is_named_with_a_way_out(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = quickstart(Installation(tmp_path), "--port", str(port))
    assert done.returncode == 1
    assert f"Port {port} is taken by another program" in done.stderr
    assert f"PORT={port + 1} ./start" in done.stderr
    assert "Traceback" not in done.stderr


def test_start_beside_a_running_one_says_where_it_runs(started: Started, installation: Installation) -> None:
    done = quickstart(installation, "--port", started.url.rpartition(":")[2])
    assert done.returncode == 1
    assert f"already runs on this data at {started.url} (process {started.process.pid})" in done.stderr


@pytest.mark.parametrize("port", ["http", "65536", "-1"])
def test_port_that_is_none_is_refused_in_words(tmp_path: Path, port: str) -> None:
    done = quickstart(Installation(tmp_path, PORT=port))
    assert done.returncode != 0
    assert "whole number up to 65535" in done.stderr


def test_database_that_does_not_answer_is_said_in_words(tmp_path: Path) -> None:
    nowhere = Installation(tmp_path, DATABASE_URL=f"postgres://nobody@127.0.0.1:{free_port()}/none")
    done = quickstart(nowhere, "--port", "0")
    assert done.returncode == 1
    assert "The database does not answer; check DATABASE_URL" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_it_stops_in_time_whatever_is_still_open(tmp_path: Path, how: signal.Signals) -> None:
    with Started(Installation(tmp_path, WORKER="1"), "--no-demo") as running, requests.Session() as idle:
        wait_for(lambda: _children(running.process.pid), seconds=20)
        worker = _children(running.process.pid)
        host, port = running.url.removeprefix("http://").split(":")
        idle.get(f"{running.url}/health", timeout=5)
        with socket.create_connection((host, int(port))) as slow:
            slow.sendall(b"POST /auth/login HTTP/1.1\r\nHost: localhost\r\nContent-Length: 100\r\n\r\n{")
            before = time.monotonic()
            assert running.end(how) == 0
        assert time.monotonic() - before < STOPS_WITHIN
        assert "Traceback" not in running.log.read_text()
        assert not [pid for pid in worker if Path(f"/proc/{pid}").exists()]


def test_request_that_waits_for_the_database_does_not_hold_it(tmp_path: Path) -> None:
    body = json.dumps({"email": "new@example.com", "password": "three words are enough"}).encode()
    head = [
        "POST /auth/register HTTP/1.1",
        "Host: localhost",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
    ]
    with Started(Installation(tmp_path), "--no-demo") as running, _locked(tmp_path / "flagplatform.sqlite3"):
        host, port = running.url.removeprefix("http://").split(":")
        with socket.create_connection((host, int(port))) as waiting:
            waiting.sendall("\r\n".join(head).encode() + b"\r\n\r\n" + body)
            time.sleep(0.5)
            before = time.monotonic()
            assert running.end(signal.SIGINT) == 0
        assert time.monotonic() - before < STOPS_WITHIN


def test_next_start_keeps_data_and_credentials(tmp_path: Path) -> None:
    installation = Installation(tmp_path)
    with Started(installation) as first:
        deleted = requests.delete(f"{first.url}/flags/new-checkout", headers=_token(first), timeout=10)
        assert deleted.status_code == 204
    with Started(installation) as second:
        secrets = ("admin_email", "admin_password", "server_key", "client_key")
        assert [second.told[name] for name in secrets] == [first.told[name] for name in secrets]
        assert requests.get(f"{second.url}/flags/new-checkout", headers=_token(second), timeout=10).status_code == 404


@pytest.mark.postgres
@pytest.mark.redis
def test_it_runs_on_postgres_and_redis(tmp_path: Path, own_database: str) -> None:
    parts = Installation(tmp_path, DATABASE_URL=own_database, REDIS_URL=reachable.redis_server().need())
    with Started(parts) as running:
        versions = requests.get(f"{running.url}/health", timeout=5).json()["config_versions"]
        assert versions == {"development": 1, "staging": 1, "production": 1}
    assert not (tmp_path / "flagplatform.sqlite3").exists()


@pytest.fixture
def own_database() -> Iterator[str]:
    """A PostgreSQL database of this test alone."""
    import psycopg

    url = reachable.postgres().need()
    name = f"flagplatform_start_{free_port()}"
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
        yield reachable.database_url(url, name)
        connection.execute(f'DROP DATABASE "{name}" WITH (FORCE)')


def _children(pid: int) -> list[str]:
    return [child for task in Path("/proc").glob(f"{pid}/task/*/children") for child in task.read_text().split()]


@contextmanager
def _locked(database: Path) -> Iterator[None]:
    """Nobody else writes to this SQLite database."""
    with closing(sqlite3.connect(database, isolation_level=None)) as connection:
        connection.execute("BEGIN IMMEDIATE")
        yield


def _token(running: Started) -> dict[str, str]:
    given = {"email": running.told["admin_email"], "password": running.told["admin_password"]}
    answer = requests.post(f"{running.url}/auth/login", json=given, timeout=10)
    return {"Authorization": f"Bearer {answer.json()['access_token']}"}
