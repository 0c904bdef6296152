"""Whether events are lost or doubled when processes are killed: `python -m benchmarks.ingest_kills`.

Batches are sent, again with the same ids until they are acknowledged, while the server is killed with SIGKILL at random
moments and started again; with `--postgres`, so is a PostgreSQL of the program's own. At the end the events in the
database are compared with those that were acknowledged, id by id.
"""

import argparse
import asyncio
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from benchmarks.event_bodies import SETUP, Bodies, now
from benchmarks.kept_events import compared, settle
from benchmarks.kills import Phoenix, kill_postgres
from benchmarks.posting import ACCEPTED, BUSY, REST, Line, connect
from tests.servers import Installation, OwnPostgres

PATIENCE = 30.0  # seconds until an answer is given up: a server that was killed may leave a line without an end
_BROKEN = (OSError, EOFError, asyncio.IncompleteReadError, TimeoutError)


@dataclass
class Outcome:
    """`sent_again` counts requests."""

    ids: frozenset[str] = frozenset()
    kills: Counter[str] = field(default_factory=Counter)
    sent_again: int = 0
    seconds: float = 0.0


class Run:
    """Sends all batches, each until it is acknowledged, and strikes when so many of them were."""

    def __init__(self, server: Phoenix, key: str, bodies: Bodies, *, batches: int) -> None:
        self._server, self._key, self._bodies = server, key, bodies
        self._left: Iterator[int] = iter(range(batches))
        self._moved = asyncio.Event()
        self.done = 0
        self.outcome = Outcome()

    async def send(self, clients: int, strikes: Iterable[tuple[int, Callable[[], str]]]) -> None:
        """`strikes` are numbers of acknowledged batches, in order, and what is done then, which says its name."""
        striking = asyncio.create_task(self._strike(strikes))
        await asyncio.gather(*(self._client() for _ in range(clients)))
        await striking

    async def _strike(self, strikes: Iterable[tuple[int, Callable[[], str]]]) -> None:
        for at, strike in strikes:
            while self.done < at:
                self._moved.clear()
                await self._moved.wait()
            self.outcome.kills[await asyncio.to_thread(strike)] += 1

    async def _client(self) -> None:
        line: Line | None = None
        for number in self._left:
            while not (line and await self._is_taken(line, number)):
                if line is not None:
                    self.outcome.sent_again += 1
                    line.close()
                    await asyncio.sleep(REST)
                line = await self._connected()
            self.done += 1
            self._moved.set()
        if line is not None:
            line.close()

    async def _is_taken(self, line: Line, number: int) -> bool:
        """Whether every event of the batch was acknowledged."""
        try:
            async with asyncio.timeout(PATIENCE):
                status, answer = await line.post(self._bodies.body(number))
        except _BROKEN:
            return False
        if status in BUSY or status >= 500:
            return False
        assert status == ACCEPTED, (status, answer)
        assert b'"rejected":0' in answer, answer[:500]
        return True

    async def _connected(self) -> Line:
        while True:
            with suppress(*_BROKEN):
                return await connect(self._server.port, self._key)
            await asyncio.sleep(REST)


def run(
    installation: Installation, *, events: int, batch: int, kills: int, clients: int, postgres: OwnPostgres | None
) -> Outcome:
    """All of it on an installation that was prepared; with a PostgreSQL, half of the kills are its.

    What is in the database after it is to be compared with the ids that come back: those of all events, for each was
    acknowledged in the end.
    """
    key = installation.manage("shell", "--verbosity", "0", "-c", SETUP).rpartition("KEY ")[2].strip()
    chance = random.Random(20261121)
    bodies, batches = Bodies(batch, mark="kills", now=now()), events // batch
    server = Phoenix(installation)
    try:
        blows = [_of_server(server)] + ([_of_postgres(postgres)] if postgres else [])
        moments = sorted(chance.sample(range(1, batches), kills))
        strikes = [(at, blows[n % len(blows)]) for n, at in enumerate(moments)]
        began = time.monotonic()
        sending = Run(server, key, bodies, batches=batches)
        asyncio.run(sending.send(clients, strikes))
        found = sending.outcome
        found.seconds = time.monotonic() - began
        found.ids = frozenset(each for n in range(batches) for each in bodies.ids(n))
        server.wait()
        settle(installation, len(found.ids))
        return found
    finally:
        server.end()


def _of_server(server: Phoenix) -> Callable[[], str]:
    def strike() -> str:
        server.kill()
        server.wait()
        return "server"

    return strike


def _of_postgres(postgres: OwnPostgres) -> Callable[[], str]:
    def strike() -> str:
        kill_postgres(postgres)
        return "PostgreSQL"

    return strike


@contextmanager
def prepared(*, on_postgres: bool) -> Iterator[tuple[Installation, OwnPostgres | None]]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        if not on_postgres:
            yield Installation(folder).prepare(), None
            return
        data = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="flagplatform-postgres-")))
        postgres = OwnPostgres(data)
        stack.callback(postgres.stop)
        yield Installation(folder, DATABASE_URL=postgres.url("postgres")).prepare(), postgres


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=1_000_000)
    parser.add_argument("--batch", type=int, default=100)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL of its own, which is killed as well")
    options = parser.parse_args()
    with prepared(on_postgres=options.postgres) as (installation, postgres):
        given = {name: getattr(options, name) for name in ("events", "batch", "kills", "clients")}
        found = run(installation, postgres=postgres, **given)
        kept = compared(installation, found.ids)
    print(f"{len(found.ids):,} events acknowledged in {found.seconds:,.0f} s, {found.sent_again:,} requests again")
    print("killed:", ", ".join(f"{name} {number} times" for name, number in found.kills.items()))
    print(f"rows {kept.rows:,}   lost {kept.lost:,}   double {kept.double:,}   unknown {kept.unknown:,}")
    sys.exit(not kept.is_clean)


if __name__ == "__main__":
    main()
