"""How fast an experiment's sums are computed, beside SQL that was written by hand for the same files.

    python -m benchmarks.analysis [--exposures 1000000] [--rounds 3]

Two metric events for each exposure, 14 days, one Parquet file per table and day. Both sides find first exposures, set
units aside that saw two variants, and sum revenue in 7 days, revenue in the 7 days before, and conversion, by variant.
Each measurement is a process of its own with two threads and 1.5 GB for DuckDB; the sides take turns. Results have to
be equal before times are told. "A day more" is what is left to do when the days before were summed up yesterday.
"""

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from time import perf_counter, process_time
from typing import Any
from uuid import UUID

ENVIRONMENT = UUID(int=1)
BEGIN = datetime(2026, 3, 1, tzinfo=UTC)
DAYS = 14
THREADS = 2
LIMITS = {"full": 1.3, "a day more": 0.5, "memory (GB)": 2.0}
VARIANTS = ("control", "green")
EXPOSURES = """
    SELECT 'e' || i AS event_id, '{environment}' AS environment_id, DATE '{day}' AS day,
        TIMESTAMPTZ '{day} 00:00:00+00' + to_microseconds((hash(i, 1) % 86400000000)::BIGINT) AS "at",
        TIMESTAMPTZ '{day} 00:00:00+00' + to_microseconds((hash(i, 1) % 86400000000)::BIGINT) AS received_at,
        'checkout' AS experiment, '' AS flag,
        CASE WHEN hash(user_number, 2) % 2 = (hash(i, 3) % 2000 = 0)::INT THEN 'control' ELSE 'green' END AS variant,
        'user-' || user_number AS user_key, '{{"country":"DE"}}' AS attributes
    FROM (SELECT i, hash(i, 4) % {users} AS user_number FROM range({first}, {last}) AS numbers(i))
    ORDER BY experiment, flag, user_key, "at", event_id
"""
METRIC_EVENTS = """
    SELECT 'm' || i AS event_id, '{environment}' AS environment_id, DATE '{day}' AS day,
        TIMESTAMPTZ '{day} 00:00:00+00' + to_microseconds((hash(i, 5) % 86400000000)::BIGINT) AS "at",
        TIMESTAMPTZ '{day} 00:00:00+00' + to_microseconds((hash(i, 5) % 86400000000)::BIGINT) AS received_at,
        'bought' AS name, (hash(i, 6) % 10000) / 100.0::DOUBLE AS value,
        'user-' || (hash(i, 7) % {users}) AS user_key, '' AS attributes
    FROM range({first}, {last}) AS numbers(i)
    ORDER BY name, user_key, "at", event_id
"""
BY_HAND = """
    WITH units AS (
        SELECT user_key, min(epoch_us("at")) AS first_at, min(variant) AS variant
        FROM read_parquet('{folder}/exposures/*/*/*.parquet')
        WHERE experiment = 'checkout' AND variant IN ('control', 'green')
        GROUP BY user_key HAVING min(variant) = max(variant)
    ), events AS (
        SELECT user_key, first_at,
            sum(value) FILTER (WHERE epoch_us("at") >= first_at AND epoch_us("at") < first_at + {week}) AS y,
            sum(value) FILTER (WHERE epoch_us("at") < first_at AND epoch_us("at") >= first_at - {week}) AS x,
            count(*) FILTER (WHERE epoch_us("at") >= first_at AND epoch_us("at") < first_at + {week}) > 0 AS c
        FROM read_parquet('{folder}/metrics/*/*/*.parquet') JOIN units USING (user_key)
        WHERE name = 'bought'
        GROUP BY user_key, first_at
    ), totals AS (
        SELECT variant, coalesce(y, 0) AS y, coalesce(x, 0) AS x, coalesce(c, false)::INT AS c
        FROM units LEFT JOIN events USING (user_key)
    )
    SELECT variant, count(*), avg(y), avg(x), avg(c), var_samp(y), var_samp(x), covar_samp(x, y)
    FROM totals GROUP BY variant ORDER BY variant
"""  # instants as integers: with INTERVAL and time zones the same statement takes a third longer


def generate(folder: Path, exposures: int) -> None:
    import duckdb

    with duckdb.connect(config=limits(folder)) as connection:
        connection.execute("SET TimeZone = 'UTC'")
        for number in range(DAYS):
            day = (BEGIN + timedelta(days=number)).date()
            for table, query, rows in (("exposures", EXPOSURES, exposures), ("metrics", METRIC_EVENTS, 2 * exposures)):
                place = folder / table / f"environment={ENVIRONMENT}" / f"day={day}"
                place.mkdir(parents=True)
                query = query.format(
                    environment=ENVIRONMENT,
                    day=day,
                    users=exposures * 2 // 5,
                    first=number * rows // DAYS,
                    last=(number + 1) * rows // DAYS,
                )
                target = f"'{place}/part.parquet' (COMPRESSION zstd, ROW_GROUP_SIZE 100000)"
                connection.execute(f"COPY ({query}) TO {target}")


def limits(folder: Path) -> dict[str, Any]:
    return {"threads": THREADS, "memory_limit": "1500MB", "temp_directory": str(folder / "spilled")}


class Files:
    """A store's reading of files without a database: days that are over by the number of days that are read."""

    def __init__(self, connection: Any, folder: Path, days: int) -> None:
        self.connection = connection
        self._folder = folder
        self._days = days
        self._views = 0

    def exposures(self, _: UUID, days: tuple[date, date] | None = None) -> Any:
        return self._table("exposures", days)

    def metric_events(self, _: UUID, days: tuple[date, date] | None = None) -> Any:
        return self._table("metrics", days)

    def days(self, _: UUID, table: str, *, now: datetime) -> Any:
        from experiments.analysis.stores import StoredDay

        return tuple(StoredDay(day, 1, f"{table} of {day}", BEGIN, is_closed=True) for day in self._stored())

    def digest(self, *_: Any) -> str:
        return ""

    def _stored(self) -> list[date]:
        return [(BEGIN + timedelta(days=number)).date() for number in range(self._days)]

    def _table(self, table: str, days: tuple[date, date] | None) -> Any:
        read = [day for day in self._stored() if days is None or days[0] <= day <= days[1]]
        files = [f"{self._folder}/{table}/environment={ENVIRONMENT}/day={day}/part.parquet" for day in read]
        self._views += 1
        # a first file without rows asked for gives the columns where there is no day
        relation = self.connection.con.read_parquet(files or self._any(table), hive_partitioning=False)
        (relation if files else relation.limit(0)).create_view(f"read_{self._views}")
        return self.connection.table(f"read_{self._views}")

    def _any(self, table: str) -> list[str]:
        return [f"{self._folder}/{table}/environment={ENVIRONMENT}/day={BEGIN.date()}/part.parquet"]


def by_hand(folder: Path) -> Any:
    import duckdb

    with duckdb.connect(config=limits(folder)) as connection:
        week = timedelta(days=7) // timedelta(microseconds=1)
        return connection.execute(BY_HAND.format(folder=folder, week=week)).fetchall()


def ours(folder: Path, *, days: int = DAYS, known: Path | None = None) -> Any:
    import ibis

    from experiments.analysis.incremental import sum_up_new
    from experiments.analysis.summing import sum_up

    reading: Any = Files(ibis.duckdb.connect(**limits(folder)), folder, days)
    question = asked(days)
    sums = sum_up_new(question, reading, folder=known) if known else sum_up(question, reading)
    return [figures(sums, variant) for variant in VARIANTS]


def asked(days: int) -> Any:
    from experiments.analysis.questions import MetricQuestion, Part, Question

    week, bought = timedelta(days=7), Part("bought")
    return Question(
        ENVIRONMENT,
        "checkout",
        None,
        VARIANTS,
        begun_at=BEGIN,
        ended_at=BEGIN + timedelta(days=days),
        received_until=BEGIN + timedelta(days=days),
        metrics=(
            MetricQuestion("revenue", "mean", bought, window=week, lookback=week),
            MetricQuestion("conversion", "binomial", bought, window=week),
        ),
    )


def figures(sums: Any, variant: str) -> list[Any]:
    from experiments.stats.moments import merge

    revenue, conversion = (
        merge([moments for cell, moments in sums.metrics[key].by_cell.items() if cell.variant == variant])
        for key in ("revenue", "conversion")
    )
    (y, x), spread = revenue.mean.tolist(), revenue.covariance
    return [variant, revenue.n, y, x, float(conversion.mean[0]), spread[0, 0], spread[1, 1], spread[0, 1]]


def measure(what: str, folder: Path, known: Path | None = None, *, days: int = DAYS) -> dict[str, Any]:
    """In a process of its own: seconds, seconds of processor, gigabytes, and the figures."""
    command = [sys.executable, "-m", "benchmarks.analysis", "--measure", what, "--folder", str(folder)]
    command += ["--days", str(days), *(["--known", str(known)] if known else [])]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(done.stderr)
    measured: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return measured


def measured_here(what: str, folder: Path, known: Path | None, days: int) -> dict[str, Any]:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "flagplatform.settings")
    import django
    import duckdb  # noqa: F401
    import ibis  # noqa: F401

    django.setup()
    from experiments.analysis import incremental  # noqa: F401

    begun, worked = perf_counter(), process_time()
    found = by_hand(folder) if what == "by hand" else ours(folder, days=days, known=known)
    return {
        "seconds": perf_counter() - begun,
        "cpu": process_time() - worked,
        "memory": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
        "figures": [list(map(plain, row)) for row in found],
    }


def plain(value: Any) -> Any:
    return value if isinstance(value, str | int) else float(value)


def one_round(folder: Path) -> dict[str, dict[str, Any]]:
    with tempfile.TemporaryDirectory() as known:
        measure("ours", folder, Path(known), days=DAYS - 1)
        return {
            "by hand": measure("by hand", folder),
            "full": measure("ours", folder),
            "a day more": measure("ours", folder, Path(known)),
        }


def require_same(rows: Mapping[str, Mapping[str, Any]]) -> None:
    expected = rows["by hand"]["figures"]
    for name, found in rows.items():
        for one, other in zip(expected, found["figures"], strict=True):
            if one[:2] != other[:2] or any(
                abs(a - b) > 1e-9 * max(1, abs(a)) for a, b in zip(one[2:], other[2:], strict=True)
            ):
                raise SystemExit(f"{name} gives {other}, SQL by hand gives {one}")


def told(rounds: list[dict[str, dict[str, Any]]], clock: str) -> dict[str, float]:
    """Medians of the rounds' own ratios: to SQL by hand, and of a day more to everything."""
    full = statistics.median(each["full"][clock] / each["by hand"][clock] for each in rounds)
    more = statistics.median(each["a day more"][clock] / each["full"][clock] for each in rounds)
    return {"full": full, "a day more": more}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--exposures", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--folder", type=Path, help="events that were generated before are used again")
    parser.add_argument("--measure", choices=["by hand", "ours"], help=argparse.SUPPRESS)
    parser.add_argument("--known", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--days", type=int, default=DAYS, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.measure:
        print(json.dumps(measured_here(options.measure, options.folder, options.known, options.days)))
        return
    with tempfile.TemporaryDirectory() as temporary:
        folder = options.folder or Path(temporary)
        if not (folder / "exposures").exists():
            generate(folder, options.exposures)
        rounds = [one_round(folder) for _ in range(options.rounds)]
    for each in rounds:
        require_same(each)
    report(rounds)


def report(rounds: list[dict[str, dict[str, Any]]]) -> None:
    for name in rounds[0]:
        seconds, cpu = (statistics.median(each[name][clock] for each in rounds) for clock in ("seconds", "cpu"))
        print(f"{name:12} {seconds:6.2f} s, {cpu:6.2f} s of processor, {_memory(rounds, name):.2f} GB")
    for clock in ("seconds", "cpu"):
        found = told(rounds, clock)
        print(", ".join(f"{name}: {found[name]:.2f} (limit {LIMITS[name]})" for name in found), f"by {clock}")
    memory = max(_memory(rounds, name) for name in ("full", "a day more"))
    print(f"memory (GB): {memory:.2f} (limit {LIMITS['memory (GB)']})")


def _memory(rounds: list[dict[str, dict[str, Any]]], name: str) -> float:
    return max(each[name]["memory"] for each in rounds)


if __name__ == "__main__":
    main()
