"""Events of one instant as tables that DuckDB reads: the files that parts name, and the rows that lie in none yet."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime
from pathlib import Path
from uuid import UUID

import duckdb
import ibis
from ibis.backends.duckdb import Backend

from experiments.analysis.digests import add_up, digest_of, rows_in
from experiments.analysis.schema import Table
from experiments.analysis.stores import Days, MissingPart, StoredDay
from experiments.analysis.views import View, take_view
from experiments.models import EventPart


class ParquetReading:
    """Looks at an environment once, when it is asked for first."""

    def __init__(self, connection: Backend, *, file_of: Callable[[EventPart], Path]) -> None:
        self.connection = connection
        self._duckdb: duckdb.DuckDBPyConnection = connection.con
        self._file_of = file_of
        self._views: dict[UUID, View] = {}
        self._tables: dict[tuple[UUID, str, Days | None], ibis.Table] = {}

    def exposures(self, environment_id: UUID, days: Days | None = None) -> ibis.Table:
        return self._table(environment_id, Table.EXPOSURES, days)

    def metric_events(self, environment_id: UUID, days: Days | None = None) -> ibis.Table:
        return self._table(environment_id, Table.METRICS, days)

    def days(self, environment_id: UUID, table: str, *, now: datetime) -> tuple[StoredDay, ...]:
        found: dict[date, list[tuple[str, datetime]]] = defaultdict(list)
        for part in self._view(environment_id).parts_of(table):
            found[part.day].append((part.digest, part.received_until))
        hot = {day: (digest, last) for day, digest, last in self._hot_days(environment_id, table)}
        for day, told in hot.items():
            found[day].append(told)
        today = now.date()
        return tuple(_stored(day, found[day], is_closed=day < today and day not in hot) for day in sorted(found))

    def digest(self, environment_id: UUID, days: Days | None = None, received_until: datetime | None = None) -> str:
        found = (self._digests(environment_id, table, days, received_until) for table in Table.values)
        return add_up(digest for digests in found for digest in digests)

    def _digests(self, environment_id: UUID, table: str, days: Days | None, until: datetime | None) -> Iterator[str]:
        """Those that are known, and one of what has to be read, because some of it was stored later than that."""
        parts = [part for part in self._view(environment_id).parts_of(table) if _is_in(part.day, days)]
        later = [part for part in parts if until and part.received_until > until]
        yield from (part.digest for part in parts if part not in later)
        relations = [self._hot(environment_id, table).filter(_between(days)), *([self._files(later)] if later else [])]
        for relation in relations:
            yield digest_of(relation.filter(f"received_at <= '{until.isoformat()}'") if until else relation, table)

    def _hot_days(self, environment_id: UUID, table: str) -> Iterator[tuple[date, str, datetime]]:
        hot = self._hot(environment_id, table)
        for found in hot.aggregate("day, max(received_at) AS last", "day").to_arrow_table().to_pylist():
            day = found["day"]
            yield day, digest_of(hot.filter(_between((day, day))), table), found["last"]

    def _table(self, environment_id: UUID, table: str, days: Days | None) -> ibis.Table:
        key = (environment_id, table, days)
        if key not in self._tables:
            name = f"{table}_{len(self._tables)}"
            self._relation(environment_id, table, days).create_view(name)
            self._tables[key] = self.connection.table(name)
        return self._tables[key]

    def _relation(self, environment_id: UUID, table: str, days: Days | None) -> duckdb.DuckDBPyRelation:
        parts = [part for part in self._view(environment_id).parts_of(table) if _is_in(part.day, days)]
        hot = self._hot(environment_id, table).filter(_between(days))
        if not parts:
            return hot
        return self._files(parts).union(hot)

    def _files(self, parts: Iterable[EventPart]) -> duckdb.DuckDBPyRelation:
        files = {part: self._file_of(part) for part in parts}
        for part, file in files.items():
            if not file.exists():
                raise MissingPart(part, str(file))
        return self._duckdb.read_parquet([str(file) for file in files.values()], hive_partitioning=False)

    def _hot(self, environment_id: UUID, table: str) -> duckdb.DuckDBPyRelation:
        self._view(environment_id)
        return self._duckdb.table(_hot_name(environment_id, table))

    def _view(self, environment_id: UUID) -> View:
        if environment_id not in self._views:
            view = self._views[environment_id] = take_view(environment_id)
            for table, rows in view.hot.items():
                self._duckdb.register(_hot_name(environment_id, table), rows)
        return self._views[environment_id]


def _hot_name(environment_id: UUID, table: str) -> str:
    return f"hot_{table}_{environment_id.hex}"


def _is_in(day: date, days: Days | None) -> bool:
    return days is None or days[0] <= day <= days[1]


def _between(days: Days | None) -> str:
    return f"day BETWEEN DATE '{days[0]}' AND DATE '{days[1]}'" if days else "true"


def _stored(day: date, told: list[tuple[str, datetime]], *, is_closed: bool) -> StoredDay:
    digest = add_up(digest for digest, _ in told)
    return StoredDay(day, rows_in(digest), digest, max(last for _, last in told), is_closed)
