"""Events in two tables of a ClickHouse, for installations that outgrew files: a server, or chdb in this process."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from uuid import UUID

import ibis
import pyarrow as pa
from django.core.exceptions import ImproperlyConfigured

from experiments.analysis.clickhouse_reading import ClickHouseReading, columns_written
from experiments.analysis.schema import Table, order_of
from experiments.models import EventPart

try:
    import clickhouse_connect
    from clickhouse_connect.driver.client import Client
except ImportError as missing:
    raise ImproperlyConfigured(
        "EVENTS_URL names a ClickHouse: pip install clickhouse-connect to reach it."
    ) from missing

BATCH = 100_000  # rows of one insert
_WINDOW = 10_000  # insert tokens that a table remembers


class ClickHouseStore:
    """A part is the rows with its id. What is written twice is stored once, by token at first and by merging later."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._client: Client | None = None

    @contextmanager
    def open(self) -> Iterator[ClickHouseReading]:
        reading = ClickHouseReading(ibis.clickhouse.from_connection(self._connected()))
        try:
            yield reading
        finally:
            reading.close()

    def write(self, environment_id: UUID, table: str, day: date, rows: pa.Table, part_id: UUID) -> None:
        client = self._connected()
        ordered = rows.sort_by([(column, "ascending") for column in order_of(table)])
        for place, start in enumerate(range(0, ordered.num_rows, BATCH)):
            batch = ordered.slice(start, BATCH)
            batch = batch.append_column("part_id", pa.array([str(part_id)] * batch.num_rows))
            written = pa.array([datetime.now(UTC)] * batch.num_rows, pa.timestamp("us", tz="UTC"))
            client.insert_arrow(
                table,
                batch.append_column("written_at", written),
                settings={"insert_deduplication_token": f"{part_id}-{place}"},
            )

    def merge(self, parts: Sequence[EventPart], part_id: UUID) -> bool:
        return False  # ClickHouse merges by itself

    def drop(self, part: EventPart) -> None:
        parameters = {"environment": str(part.environment_id), "day": part.day, "part": str(part.pk)}
        self._connected().command(
            f"DELETE FROM {Table(part.table)} WHERE environment_id = {{environment:String}}"  # noqa: S608
            " AND day = {day:Date32} AND part_id = {part:String}",
            parameters=parameters,
        )

    def sweep(self, *, before: datetime, named: Collection[UUID]) -> int:
        known = sorted(str(part_id) for part_id in named)
        return sum(self._swept(table, before, known) for table in Table.values)

    def _swept(self, table: str, before: datetime, known: list[str]) -> int:
        where = "written_at < {before:DateTime64(6, 'UTC')} AND part_id NOT IN {known:Array(String)}"
        given: dict[str, Any] = {"before": before.astimezone(UTC), "known": known}
        client = self._connected()
        found = client.query(f"SELECT uniqExact(part_id) FROM {table} WHERE {where}", parameters=given)  # noqa: S608
        removed = int(found.result_rows[0][0])
        if removed:
            client.command(f"DELETE FROM {table} WHERE {where}", parameters=given)  # noqa: S608
        return removed

    def _connected(self) -> Client:
        if self._client is None:
            client = clickhouse_connect.get_client(dsn=self._url)
            for table in Table.values:
                client.command(_creation(table))
            self._client = client
        return self._client


def _creation(table: str) -> str:
    return (
        f"CREATE TABLE IF NOT EXISTS {table} "
        f"({columns_written(table)}, part_id String, written_at DateTime64(6, 'UTC'))"
        " ENGINE = ReplacingMergeTree PARTITION BY toYYYYMM(day)"
        " ORDER BY (environment_id, day, part_id, event_id)"
        f" SETTINGS non_replicated_deduplication_window = {_WINDOW}"
    )
