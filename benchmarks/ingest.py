"""How many events a second are acknowledged, and what evaluations notice of it: `python -m benchmarks.ingest`.

Starts a real server on PostgreSQL, then one on SQLite; posts batches and single events as fast as they are answered;
then asks for evaluations at a steady pace, alone and while batches come, in turns: what else the machine does comes
and goes, and would be taken for the events' doing. Server, database and all who ask share the machine: read the ratios.
"""

import argparse
import asyncio
import math
import statistics
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, nullcontext
from pathlib import Path

from benchmarks import asking
from benchmarks.databases import own_database
from benchmarks.event_bodies import SETUP, Bodies, now
from benchmarks.posting import Acknowledged, pour
from tests.servers import Installation, Server

WARMING = 0.5  # seconds that are not counted
TURN = 2.0  # seconds of evaluations alone, then as many beside events
BEGINNING = 1.0  # seconds in which a process that asks begins


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=10, help="per measurement")
    parser.add_argument("--clients", type=int, default=8, help="that send batches")
    parser.add_argument("--singles", type=int, default=32, help="clients that send single events")
    parser.add_argument("--batch", type=int, default=100, help="events in a request")
    parser.add_argument("--rate", type=float, default=5_000, help="events a second while evaluations are asked for")
    parser.add_argument("--databases", nargs="+", default=["PostgreSQL", "SQLite"], choices=["PostgreSQL", "SQLite"])
    options = parser.parse_args()
    for database in options.databases:
        with served(database) as (server, key):
            print(f"\n{database}, {options.batch} events in a batch, {options.seconds:g} s each; milliseconds")
            measure_events(server, key, options)
            measure_evaluations(server, key, options)


@contextmanager
def served(database: str) -> Iterator[tuple[Server, str]]:
    """A server with something to send events about, and a key for it."""
    own = own_database("flagplatform_ingest") if database == "PostgreSQL" else nullcontext("")
    with own as url, tempfile.TemporaryDirectory() as folder:
        installation = Installation(Path(folder), **({"DATABASE_URL": url} if url else {})).prepare()
        key = installation.manage("shell", "--verbosity", "0", "-c", SETUP).rpartition("KEY ")[2].strip()
        server = installation.serve()
        try:
            yield server.wait(), key
        finally:
            server.end()


def measure_events(server: Server, key: str, options: argparse.Namespace) -> None:
    for what, size, clients in (("batches", options.batch, options.clients), ("single events", 1, options.singles)):
        bodies = iter(Bodies(size, mark=f"size-{size}", now=now()))
        given = {"size": size, "clients": clients}
        asyncio.run(pour(server.port, key, bodies, seconds=WARMING, **given))
        found = asyncio.run(pour(server.port, key, bodies, seconds=options.seconds, **given))
        name = f"{what} of {clients} clients"
        print(f"{name:28} {found.rate:>8,.0f} events/s   {_times(sorted(found.latencies))}{_busy(found)}", flush=True)


def measure_evaluations(server: Server, key: str, options: argparse.Namespace) -> None:
    """Alone and beside a steady rate of events, then alone and beside as many as are answered."""
    for name, rate in ((f"  with {options.rate:,.0f} events/s", options.rate), ("  with all that go", 0)):
        bodies = iter(Bodies(options.batch, mark=f"rate-{rate:g}", now=now()))
        given = {"size": options.batch, "clients": options.clients, "seconds": BEGINNING + TURN, "rate": rate}
        alone: list[float] = []
        busy: list[float] = []
        rates: list[float] = []
        for _ in range(math.ceil(options.seconds / TURN)):
            alone += asking.told(asking.begin(server.port, key, TURN))
            process = asking.begin(server.port, key, TURN)
            rates.append(asyncio.run(pour(server.port, key, bodies, **given)).rate)
            busy += asking.told(process)
        alone.sort()
        busy.sort()
        print(f"{'evaluations alone':28} {'':17}   {_times(alone)}", flush=True)
        ratio = f"   p99 to alone {_at(busy, 0.99) / _at(alone, 0.99):.2f}"
        print(f"{name:28} {statistics.mean(rates):>8,.0f} events/s   {_times(busy)}{ratio}", flush=True)


def _times(ordered: Sequence[float]) -> str:
    p50, p99 = _at(ordered, 0.5) * 1000, _at(ordered, 0.99) * 1000
    return f"p50 {p50:>7.2f}   p99 {p99:>7.2f}   worst {ordered[-1] * 1000:>7.1f}"


def _at(ordered: Sequence[float], share: float) -> float:
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


def _busy(found: Acknowledged) -> str:
    return f"   pushed back {found.pushed_back}" if found.pushed_back else ""


if __name__ == "__main__":
    main()
