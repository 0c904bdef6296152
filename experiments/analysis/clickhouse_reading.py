"""Events of one instant as tables that ClickHouse reads: the rows that parts name, and those that lie in none yet."""

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID, uuid4

import ibis
import pyarrow as pa
import pyarrow.compute as pc
from ibis.backends.clickhouse import Backend

from experiments.analysis.digests import add_up, digest_of_rows, rows_in
from experiments.analysis.schema import Table, columns_of, typed_columns_of
from experiments.analysis.stores import Days, StoredDay
from experiments.analysis.views import View, take_view

_PARTS = "parts"
_TYPES = {
    pa.string(): "String",
    pa.date32(): "Date32",
    pa.float64(): "Nullable(Float64)",
    pa.timestamp("us", tz="UTC"): "DateTime64(6, 'UTC')",
}


class ClickHouseReading:
    """Looks at an environment once, when it is asked for first.

    What is hot, and which parts are read, stands in tables of its own, which go when the reading is closed.
    """

    def __init__(self, connection: Backend) -> None:
        self.connection = connection
        self._views: dict[UUID, View] = {}
        self._made: list[str] = []
        self._prefix = f"reading_{uuid4().hex[:12]}"

    def close(self) -> None:
        while self._made:
            self.connection.con.command(f"DROP TABLE IF EXISTS {self._made.pop()}")

    def exposures(self, environment_id: UUID, days: Days | None = None) -> ibis.Table:
        return self._table(environment_id, Table.EXPOSURES, days)

    def metric_events(self, environment_id: UUID, days: Days | None = None) -> ibis.Table:
        return self._table(environment_id, Table.METRICS, days)

    def days(self, environment_id: UUID, table: str, *, now: datetime) -> tuple[StoredDay, ...]:
        view = self._view(environment_id)
        found: dict[date, list[tuple[str, datetime]]] = defaultdict(list)
        for part in view.parts_of(table):
            found[part.day].append((part.digest, part.received_until))
        hot = {day: view.hot[table].filter(_is_of(day)) for day in _days_of(view.hot[table])}
        for day, rows in hot.items():
            found[day].append((digest_of_rows(rows, table), max(rows["received_at"].to_pylist())))
        return tuple(_stored(day, found[day], is_closed=day < now.date() and day not in hot) for day in sorted(found))

    def digest(self, environment_id: UUID, days: Days | None = None, received_until: datetime | None = None) -> str:
        """Of parts as they were counted when they were written; only what may be too late is read."""
        found = []
        for table in Table.values:
            parts = [part for part in self._view(environment_id).parts_of(table) if _is_in(part.day, days)]
            late = {str(part.pk) for part in parts if received_until and part.received_until > received_until}
            found += [part.digest for part in parts if str(part.pk) not in late]
            rows = self._table(environment_id, table, days, only=late)
            if received_until:
                rows = rows.filter(rows.received_at <= ibis.literal(received_until, "timestamp('UTC', 6)"))
            found.append(digest_of_rows(rows.to_pyarrow().cast(columns_of(table)), table))
        return add_up(found)

    def _table(self, environment_id: UUID, table: str, days: Days | None, only: set[str] | None = None) -> ibis.Table:
        """Parts, or some of them, and hot rows."""
        self._view(environment_id)
        wanted = [
            f"environment_id = '{environment_id}'",
            f"part_id IN (SELECT id FROM {self._name(environment_id, _PARTS)})",  # noqa: S608 - names of our own
        ]
        if only is not None:
            wanted.append(f"part_id IN ({', '.join(repr(each) for each in sorted(only)) or repr('')})")
        if days:
            wanted.append(f"day BETWEEN toDate32('{days[0]}') AND toDate32('{days[1]}')")
        names = ", ".join(columns_of(table).names)
        hot = self._name(environment_id, table)
        stored = f"SELECT {names} FROM {table} FINAL WHERE {' AND '.join(wanted)}"  # noqa: S608
        query = f"{stored} UNION ALL SELECT {names} FROM {hot}"  # noqa: S608
        if days:
            query += f" WHERE {wanted[-1]}"
        return self.connection.sql(query, schema=typed_columns_of(table))

    def _view(self, environment_id: UUID) -> View:
        if environment_id not in self._views:
            view = self._views[environment_id] = take_view(environment_id)
            ids = pa.table({"id": pa.array([str(part.pk) for part in view.parts], pa.string())})
            self._put(self._name(environment_id, _PARTS), "id String", ids)
            for table, rows in view.hot.items():
                self._put(self._name(environment_id, table), columns_written(table), rows)
        return self._views[environment_id]

    def _put(self, name: str, columns: str, rows: pa.Table) -> None:
        self.connection.con.command(f"CREATE TABLE {name} ({columns}) ENGINE = Memory")
        self._made.append(name)
        if rows.num_rows:
            self.connection.con.insert_arrow(name, rows)

    def _name(self, environment_id: UUID, what: str) -> str:
        return f"{self._prefix}_{what}_{environment_id.hex}"


def columns_written(table: str) -> str:
    """The columns of a table as ClickHouse declares them."""
    return ", ".join(f"{field.name} {_TYPES[field.type]}" for field in columns_of(table))


def _is_in(day: date, days: Days | None) -> bool:
    return days is None or days[0] <= day <= days[1]


def _days_of(rows: pa.Table) -> list[date]:
    return sorted(set(rows["day"].to_pylist()))


def _is_of(day: date) -> pc.Expression:
    return pc.field("day") == pa.scalar(day, pa.date32())


def _stored(day: date, told: list[tuple[str, datetime]], *, is_closed: bool) -> StoredDay:
    digest = add_up(digest for digest, _ in told)
    return StoredDay(day, rows_in(digest), digest, max(last for _, last in told), is_closed)
