"""The standing probe: asks without pause while something is broken, and tells every answer that was not right."""

import http.client
import json
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from tests.servers import Server, wait_for

PAUSE = 0.02  # fifty questions a second to each server
PATIENCE = 5.0  # seconds after which no answer is a failure


class Probe:
    """One thread per server. `right` holds, per flag, the values that may be answered at present.

    At first both flags are on, but for what is `off`. With `failover`, a thread whose connection is refused or lost
    asks the next server, as a load balancer does.
    """

    def __init__(
        self, servers: Sequence[Server], *, failover: bool = False, may_go_back: bool = False, off: str = ""
    ) -> None:
        self.right: dict[str, set[Any]] = {flag: {flag != off} for flag in ("checkout", "steady")}
        self.asked: Counter[str] = Counter()
        self.trouble: list[str] = []
        self.seconds: list[float] = []
        self._servers = servers
        self._failover = failover
        self._may_go_back = may_go_back
        self._stopped = threading.Event()
        self._threads = [threading.Thread(target=self._ask, args=(n,), daemon=True) for n in range(len(servers))]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stopped.set()
        for thread in self._threads:
            thread.join(10)

    def allow(self, *values: Any, flag: str = "checkout") -> None:
        """From now on these values are right too: an edit is on its way."""
        self.right[flag] = self.right[flag] | set(values)

    def settle(self, value: Any, flag: str = "checkout") -> None:
        """From now on only this value is right: the edit has arrived."""
        self.right[flag] = {value}

    def see(self, times: int) -> None:
        """Wait until every thread has asked so many times more."""
        goal = self.asked.total() + len(self.trouble) + times * len(self._servers)
        wait_for(lambda: self.asked.total() + len(self.trouble) >= goal, seconds=60)

    def verdict(self) -> None:
        assert not self.trouble, f"{len(self.trouble)} of {self.asked.total()}: {self.trouble[:5]}"
        assert all(self.asked[server.url] or self._failover for server in self._servers), self.asked

    def _ask(self, first: int) -> None:
        servers = [*self._servers[first:], *self._servers[:first]]
        connection, newest = _Line(servers, self._failover), Counter[tuple[str, str]]()
        while not self._stopped.is_set():
            for flag in list(self.right):
                self._judge(connection, flag, newest)
            self._stopped.wait(PAUSE)
        connection.close()

    def _judge(self, line: "_Line", flag: str, newest: Counter[tuple[str, str]]) -> None:
        before, started = self.right[flag], time.monotonic()
        try:
            server, status, answer = line.get(f"/evaluate/{flag}?environment_key=staging&user_id=u1")
        except (OSError, http.client.HTTPException) as error:
            self.trouble.append(f"{flag}: {error!r} after {time.monotonic() - started:.2f} s")
            return
        self.seconds.append(time.monotonic() - started)
        self.asked[server] += 1
        if status != 200 or answer["value"] not in before | self.right[flag]:
            self.trouble.append(f"{flag} at {server}: {status} {answer}")
        elif answer["config_version"] < newest[server, flag] and not self._may_go_back:
            self.trouble.append(f"{flag} at {server}: {answer['config_version']} after {newest[server, flag]}")
        else:
            newest[server, flag] = answer["config_version"]


class _Line:
    """A connection that is kept, to the first of the servers that takes it."""

    def __init__(self, servers: Sequence[Server], failover: bool) -> None:
        self._servers = list(servers)
        self._attempts = 2 * len(servers) if failover else 1
        self._connection: http.client.HTTPConnection | None = None

    def get(self, path: str) -> tuple[str, int, dict[str, Any]]:
        for attempt in range(self._attempts):
            try:
                return self._get(path)
            except (OSError, http.client.HTTPException):
                self.close()
                self._servers.append(self._servers.pop(0))
                if attempt + 1 == self._attempts:
                    raise
        raise AssertionError

    def close(self) -> None:
        if self._connection:
            self._connection.close()
        self._connection = None

    def _get(self, path: str) -> tuple[str, int, dict[str, Any]]:
        server = self._servers[0]
        if self._connection is None:
            self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        self._connection.request("GET", path)
        answer = self._connection.getresponse()
        return server.url, answer.status, json.loads(answer.read())


@contextmanager
def probing(*servers: Server, failover: bool = False, may_go_back: bool = False, off: str = "") -> Iterator[Probe]:
    """Zero failed and zero wrong evaluations from here to the end of the block."""
    probe = Probe(servers, failover=failover, may_go_back=may_go_back, off=off)
    probe.start()
    try:
        yield probe
        probe.see(5)
    finally:
        probe.stop()
    probe.verdict()
