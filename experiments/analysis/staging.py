"""Events of an import, sorted out on disk: one day at a time, each id once, without those that are known already."""

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from experiments.analysis.hot import KINDS
from experiments.analysis.schema import INSTANT, Table, columns_of
from experiments.events.instants import EPOCH
from experiments.events.items import Item

_MEMORY = "500MB"
_BATCH = 20_000  # events that are Python objects at a time
_COLUMNS = pa.schema(
    [
        ("line", pa.int64()),
        ("environment_id", pa.string()),
        ("day", pa.int32()),
        ("event_id", pa.string()),
        ("kind", pa.string()),
        ("name", pa.string()),
        ("variant", pa.string()),
        ("user_key", pa.string()),
        ("value", pa.float64()),
        ("at", pa.int64()),
        ("attributes", pa.string()),
    ]
)


class Staging:
    """Takes events in any order. A line of the file is one event."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._connection = connection
        self._waiting: list[tuple[Any, ...]] = []
        connection.from_arrow(_COLUMNS.empty_table()).create("events")

    def add(self, item: Item, *, line: int) -> None:
        self._waiting.append((line, *item))
        if len(self._waiting) >= _BATCH:
            self.flush()

    def flush(self) -> None:
        """Put on disk what was added last."""
        if self._waiting:
            columns = zip(_COLUMNS, zip(*self._waiting, strict=True), strict=True)
            rows = pa.table([pa.array(values, field.type) for field, values in columns], schema=_COLUMNS)
            self._connection.from_arrow(rows).insert_into("events")
            self._waiting = []

    def days(self) -> list[date]:
        found = self._connection.table("events").project("day").distinct().order("day").fetchall()
        return [date.fromordinal(EPOCH.toordinal() + day) for (day,) in found]

    def forget_known(self, day: date, ids: Iterable[pa.Table]) -> int:
        """Leave out events whose ids come here, and all but the first of those with the same id; how many were."""
        before = self._of(day).count("*").fetchall()[0][0]
        self._connection.execute("CREATE OR REPLACE TEMP TABLE known (event_id VARCHAR)")
        for rows in ids:
            self._connection.from_arrow(rows).insert_into("known")
        self._connection.execute(_FIRST_OF_EACH, [_number(day)])
        self._connection.execute("DELETE FROM events WHERE day = ? AND line NOT IN (FROM firsts)", [_number(day)])
        return int(before - self._of(day).count("*").fetchall()[0][0])

    def items(self, day: date, *, most: int) -> Iterator[list[Item]]:
        """The events of a day in bundles."""
        for rows in self._read(self._of(day), most):
            yield [Item(*row.values()) for row in rows.drop_columns("line").to_pylist()]

    def rows(self, day: date, table: str, *, received_at: datetime, most: int) -> Iterator[pa.Table]:
        """The same as rows of parts."""
        kinds = ", ".join(f"'{kind}'" for kind in KINDS[Table(table)])
        for rows in self._read(self._of(day).filter(f"kind IN ({kinds})"), most):
            yield _as_columns_of(table, rows, received_at)

    def _of(self, day: date) -> duckdb.DuckDBPyRelation:
        return self._connection.table("events").filter(f"day = {_number(day)}")

    def _read(self, events: duckdb.DuckDBPyRelation, most: int) -> Iterator[pa.Table]:
        for batch in events.order("line").to_arrow_reader(most):
            yield pa.Table.from_batches([batch])


_FIRST_OF_EACH = """
CREATE OR REPLACE TEMP TABLE firsts AS SELECT min(line) FROM events
WHERE day = ? AND event_id NOT IN (FROM known) GROUP BY event_id
"""


@contextmanager
def staging() -> Iterator[Staging]:
    """On disk while it is needed."""
    with tempfile.TemporaryDirectory(prefix="flagplatform-import-") as folder:
        config: dict[str, Any] = {"memory_limit": _MEMORY, "temp_directory": f"{folder}/spilled"}
        with duckdb.connect(str(Path(folder) / "events.duckdb"), config=config) as connection:
            yield Staging(connection)


def _number(day: date) -> int:
    return day.toordinal() - EPOCH.toordinal()


def _as_columns_of(table: str, rows: pa.Table, received_at: datetime) -> pa.Table:
    schema = columns_of(table)
    is_flag = pc.equal(rows["kind"], "flag")
    columns = {
        **{name: rows[name] for name in rows.column_names},
        "day": rows["day"].cast(pa.date32()),
        "at": rows["at"].cast(INSTANT),
        "received_at": pa.repeat(pa.scalar(received_at, INSTANT), rows.num_rows),
        "experiment": pc.if_else(is_flag, "", rows["name"]),
        "flag": pc.if_else(is_flag, rows["name"], ""),
    }
    return pa.table([columns[name] for name in schema.names], schema=schema)
