"""A client follows a real server: changes by push, else by poll, and the last good answers whatever happens."""

import asyncio
import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from flagkit.client import Change, Client, Source, State
from flagkit.client.options import Options
from tests.sdk.conftest import QUICK, edit, issue_key
from tests.sdk.line import Line
from tests.servers import Installation, Server, wait_for

pytestmark = pytest.mark.server
Clients = Callable[..., Client]

REVOKE = """
from datetime import UTC, datetime
from accounts.api_keys import revoke_key
from accounts.models import ApiKey, User
revoke_key(ApiKey.objects.get(name="short-lived"), by=User.objects.get(), now=datetime.now(UTC))
"""


def switch(server: Server, *, is_on: bool) -> None:
    edit(server, "PUT", "flags/checkout", is_enabled=True, rollout_percentage=100 if is_on else 0)


def is_on(client: Client) -> bool:
    return client.boolean("checkout", "u1")


def streaming(client: Client) -> Client:
    assert client.wait_ready(10)
    wait_for(lambda: client.status.is_streaming and client.status.state is State.READY, seconds=10)
    return client


def test_a_change_arrives_by_push(server: Server, client_of: Clients) -> None:
    switch(server, is_on=False)
    client = streaming(client_of(options=Options(poll=3600)))
    changes: list[Change] = []
    client.on_change(changes.append)
    for on in (True, False, True):
        switch(server, is_on=on)
        wait_for(lambda: is_on(client) is on, seconds=5, every=0.005)  # noqa: B023 - waited for within the loop
    assert [change.flags for change in changes] == [{"checkout"}] * 3
    assert client.status.revision == server.evaluate("checkout")["config_version"]


def test_without_a_stream_changes_come_by_poll(server: Server, client_of: Clients, line: Line) -> None:
    switch(server, is_on=False)
    line.refuses = b"/stream"
    client = client_of()
    assert client.wait_ready(10)
    switch(server, is_on=True)
    wait_for(lambda: is_on(client), seconds=15)
    assert client.status.is_streaming is False
    wait_for(lambda: client.status.state is State.READY, seconds=15)


def test_a_stream_that_is_cut_is_opened_again_and_misses_nothing(
    server: Server, client_of: Clients, line: Line
) -> None:
    switch(server, is_on=False)
    client = streaming(client_of(options=Options(poll=3600, longest_backoff=0.5)))
    line.refuses = b"/stream"
    line.cut()
    wait_for(lambda: not client.status.is_streaming, seconds=15)
    switch(server, is_on=True)
    line.refuses = b""
    wait_for(lambda: is_on(client) and client.status.is_streaming, seconds=15)


def test_a_stream_that_is_silent_is_given_up(server: Server, client_of: Clients, line: Line) -> None:
    client = streaming(client_of(options=Options(poll=3600, timeout=1, silence=0.5, longest_backoff=0.2)))
    line.is_silent = True
    wait_for(lambda: client.status.state is State.STALE, seconds=10)
    line.is_silent = False
    wait_for(lambda: client.status.state is State.READY, seconds=10)


def test_with_the_server_killed_the_last_good_answers_go_on_until_another_is_there(
    server: Server, client_of: Clients, line: Line, installation: Installation
) -> None:
    doomed = installation.serve("doomed").wait()
    line.port = doomed.port
    switch(server, is_on=True)
    client = streaming(client_of())
    wait_for(lambda: is_on(client), seconds=15)
    states: list[State] = []
    client.on_status(lambda status: states.append(status.state))
    revision = client.status.revision
    doomed.end(signal.SIGKILL)
    wait_for(lambda: client.status.state is State.STALE, seconds=15)
    assert (is_on(client), client.status.revision) == (True, revision)
    assert "does not answer" in client.status.trouble
    line.port = server.port
    wait_for(lambda: client.status.state is State.READY and client.status.is_streaming, seconds=10)
    switch(server, is_on=False)
    wait_for(lambda: not is_on(client), seconds=15)
    assert states == [State.STALE, State.READY]


def test_a_cold_start_with_the_server_down_answers_from_the_disk_copy(
    server: Server, client_of: Clients, line: Line, tmp_path: Path, key: str
) -> None:
    copy = tmp_path / "copies" / "flags.snapshot"
    switch(server, is_on=True)
    first = streaming(client_of(disk_copy=copy))
    wait_for(copy.exists, seconds=15)
    first.close()
    line.lead_nowhere()
    second = client_of(disk_copy=copy)
    assert second.wait_ready(10)
    assert is_on(second)
    assert (second.status.source, second.status.state) == (Source.DISK_COPY, State.STALE)
    assert copy.stat().st_mode & 0o077 == 0
    assert key.encode() not in copy.read_bytes()


def test_a_copy_that_is_current_is_confirmed_and_not_loaded_again(
    server: Server, client_of: Clients, line: Line, tmp_path: Path
) -> None:
    copy = tmp_path / "flags.snapshot"
    streaming(client_of(disk_copy=copy)).close()
    changes: list[Change] = []
    line.answers.clear()
    second = client_of(disk_copy=copy)
    second.on_change(changes.append)
    streaming(second)
    assert second.status.source is Source.SERVER
    assert (changes, line.answers.count(b"HTTP/1.1 304 Not Modified") > 0) == ([], True)


def test_a_downloaded_snapshot_is_a_bootstrap_file(
    server: Server, client_of: Clients, line: Line, key: str, tmp_path: Path
) -> None:
    switch(server, is_on=True)
    address = f"{server.url}/api/environments/staging/snapshot"
    file = tmp_path / "bootstrap.json"
    file.write_bytes(server.http.get(address, headers={"X-API-Key": key}, timeout=5).content)
    line.lead_nowhere()
    client = client_of(bootstrap=file)
    assert client.wait_ready(10)
    assert (is_on(client), client.status.source) == (True, Source.BOOTSTRAP)
    with Client.from_file(file) as alone:
        assert is_on(alone)


def test_a_revoked_key_keeps_the_last_good_answers_and_says_so(
    server: Server, client_of: Clients, installation: Installation
) -> None:
    switch(server, is_on=True)
    client = streaming(client_of(issue_key(server, installation, "server", name="short-lived")))
    installation.manage("shell", "--verbosity", "0", "-c", REVOKE)
    wait_for(lambda: client.status.state is State.REFUSED, seconds=15)
    assert is_on(client)
    assert "revoked" in client.status.trouble


@pytest.mark.parametrize("kind", ["client", "unknown"])
def test_a_key_that_may_not_is_told_at_once(
    server: Server, client_of: Clients, installation: Installation, kind: str
) -> None:
    client = client_of("fp_server_unknown" if kind == "unknown" else issue_key(server, installation, kind))
    assert client.wait_ready(10) is False
    assert client.status.state is State.REFUSED
    assert client.boolean("checkout", "u1", default=True) is True


def test_closing_leaves_no_thread_and_no_file_open(server: Server, client_of: Clients) -> None:
    before = (threading.active_count(), len(os.listdir("/proc/self/fd")))
    clients = [streaming(client_of(options=QUICK)) for _ in range(3)]
    for client in clients:
        client.close()
    names = [thread.name for thread in threading.enumerate()]
    assert not any(name.startswith("flagkit") for name in names)
    wait_for(lambda: (threading.active_count(), len(os.listdir("/proc/self/fd"))) <= before, seconds=15)
    assert clients[0].status.state is State.CLOSED
    assert clients[0].evaluate("checkout", "u1").error is None


def test_after_a_fork_the_child_follows_on_and_the_parent_too(server: Server, client_of: Clients, line: Line) -> None:
    switch(server, is_on=False)
    client = streaming(client_of(options=Options(poll=3600)))
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        wait_for(lambda: is_on(client), seconds=20)
        os.write(writing, b"on")
        os._exit(0)
    wait_for(lambda: client.status.is_streaming, seconds=15)
    switch(server, is_on=True)
    wait_for(lambda: is_on(client), seconds=15)
    assert os.read(reading, 2) == b"on"
    os.waitpid(child, 0)
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("altered", [(b'"enabled":true', b'"enabled":null'), (b"content-digest", b"content-nothing")])
def test_a_snapshot_that_was_altered_on_the_way_is_refused(
    server: Server, client_of: Clients, line: Line, altered: tuple[bytes, bytes]
) -> None:
    line.alters = altered
    client = client_of()
    wait_for(lambda: "digest" in client.status.trouble, seconds=10)
    assert client.status.state is State.STARTING
    line.alters = (b"", b"")
    assert client.wait_ready(10)


def test_changes_that_were_altered_are_not_applied_and_the_snapshot_is_taken(
    server: Server, client_of: Clients, line: Line
) -> None:
    switch(server, is_on=False)
    client = streaming(client_of())
    line.alters = (b'"after":', b'"later":')
    switch(server, is_on=True)
    wait_for(lambda: is_on(client), seconds=10)
    assert client.status.state is State.READY


def test_waiting_ends_with_the_time_or_with_data(server: Server, client_of: Clients, line: Line) -> None:
    line.is_silent = True
    client = client_of()
    start = time.monotonic()
    assert client.wait_ready(0.2) is False
    assert time.monotonic() - start >= 0.2
    assert asyncio.run(client.ready(0.1)) is False
    assert client.evaluate("checkout", "u1", default=True).error == "PROVIDER_NOT_READY"
    line.is_silent = False
    line.cut()
    assert client.wait_ready(10) is True


def test_under_asyncio_it_is_waited_for_and_closed_without_blocking(server: Server, client_of: Clients) -> None:
    async def use() -> tuple[bool, State]:
        async with client_of() as client:
            found = await client.ready(10)
        return found, client.status.state

    assert asyncio.run(use()) == (True, State.CLOSED)
