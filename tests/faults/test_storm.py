"""F36: a thousand clients lose their streams in the same instant, and return apart while evaluations go on."""

import asyncio
import contextlib
import signal
import statistics
import threading
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterator, Sequence

import pytest

from evaluation.doors.stream import RETRY
from flagkit.client.announcements import seconds_to_rest
from flagkit.client.backoff import Backoff
from flagplatform.files import allow_connections
from tests.faults.place import Place, switch
from tests.faults.probe import probing
from tests.sdk.conftest import issue_key
from tests.servers import Server, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis, pytest.mark.long]

CLIENTS = 1_000


class Crowd:
    """Follows one server after the other in an event loop of its own, each client with the SDK's patience.

    `opened` holds when each client opened its newest stream at the server that leads now, `heard` the newest revision.
    """

    def __init__(self, key: str, servers: Sequence[Server]) -> None:
        self._key = key
        self._servers = list(servers)
        self.opened: dict[int, float] = {}
        self.heard: dict[int, int] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_until_complete, args=(self._follow(),), daemon=True)
        self._thread.start()

    def lead_on(self) -> None:
        """As a load balancer does that sees the first one die."""
        self.opened = {}
        self._servers.pop(0)

    def leave(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(20)
        self._loop.close()

    async def _follow(self) -> None:
        self._stop = asyncio.Event()
        clients = [asyncio.create_task(self._client(n)) for n in range(CLIENTS)]
        await self._stop.wait()
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)

    async def _client(self, n: int) -> None:
        breaks, rest = Backoff(), 0.0
        while True:
            try:
                async for line in self._lines(n):
                    told = seconds_to_rest(line)
                    rest = rest if told is None else told
                    if line.startswith(b"id: "):
                        self.heard[n] = int(line.partition(b".")[2])
            except (OSError, asyncio.IncompleteReadError):
                pass
            await asyncio.sleep(max(rest, breaks.next()))

    async def _lines(self, n: int) -> AsyncIterator[bytes]:
        """The lines of one stream, until it ends."""
        server = self._servers[0]
        reader, writer = await asyncio.open_connection("127.0.0.1", server.port)
        try:
            head = f"GET /api/environments/staging/stream HTTP/1.1\r\nHost: localhost\r\nX-API-Key: {self._key}\r\n\r\n"
            writer.write(head.encode())
            if (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 200"):
                if server is self._servers[0]:
                    self.opened[n] = time.monotonic()
                while line := await reader.readline():
                    yield line
        finally:
            writer.close()


@contextlib.contextmanager
def crowd(key: str, *servers: Server) -> Iterator[Crowd]:
    found = Crowd(key, servers)
    try:
        yield found
    finally:
        found.leave()


def test_f36_a_thousand_streams_that_break_together_return_apart(place: Place) -> None:
    assert allow_connections(3 * CLIENTS) == 3 * CLIENTS, "the system allows too few open files"
    stays = place.servers[0]
    (goes,) = place.serve(1)
    with crowd(issue_key(goes, place.installation, "server"), goes, stays) as clients:
        wait_for(lambda: len(clients.opened) == CLIENTS, seconds=30)
        with probing(stays) as probe:
            probe.see(20)
            goes.end(signal.SIGKILL)
            clients.lead_on()
            broken = time.monotonic()
            wait_for(lambda: len(clients.opened) == CLIENTS, seconds=30)
            delays = sorted(at - broken for at in clients.opened.values())
            probe.allow(False)
            revision = int(switch(stays, False).headers["X-Config-Version"].removeprefix("staging="))
            wait_for(lambda: all(clients.heard[n] >= revision for n in range(CLIENTS)), seconds=15)
    assert_apart(delays)
    assert statistics.quantiles(probe.seconds, n=100)[98] < 1


def assert_apart(delays: Sequence[float]) -> None:
    """Nobody comes before the time he was told, and no half second has half of them."""
    assert delays[0] >= RETRY[0] / 1000 - 0.2
    crowds = Counter(int(2 * delay) for delay in delays)
    assert max(crowds.values()) < CLIENTS / 2, crowds
