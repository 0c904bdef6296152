"""Rows of the intake as the analysis wants them: read in chunks, as Arrow columns."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from itertools import islice
from typing import Any

import pyarrow as pa
from django.db import connection, transaction
from django.db.models import QuerySet

from experiments.analysis.schema import Table, columns_of
from experiments.models import Event

_CHUNK = 10_000  # rows that are Python objects at a time
_FLAG = Event.Kind.FLAG_EXPOSURE
KINDS = {Table.EXPOSURES: (Event.Kind.EXPOSURE, _FLAG), Table.METRICS: (Event.Kind.METRIC,)}
_FIELDS = (
    *("pk", "event_id", "environment_id", "day", "at", "received_at"),
    *("kind", "name", "variant", "value", "user_key", "attributes"),
)


def rows_of(events: QuerySet[Event], table: str) -> pa.Table:
    """Those of these events that belong into the table."""
    return numbered_rows_of(events, table)[1]


def numbered_rows_of(events: QuerySet[Event], table: str, *, most: int | None = None) -> tuple[list[int], pa.Table]:
    """The same with their primary keys; at most so many, whichever come first."""
    ids: list[int] = []
    batches = []
    with _one_snapshot():
        found = events.filter(kind__in=KINDS[Table(table)]).values_list(*_FIELDS)[:most]
        for chunk in _chunks(found.iterator(chunk_size=_CHUNK)):
            columns: dict[str, Sequence[Any]] = dict(zip(_FIELDS, zip(*chunk, strict=True), strict=True))
            ids.extend(columns["pk"])
            batches.append(_batch(columns, table))
    return ids, pa.Table.from_batches(batches, schema=columns_of(table))


def _one_snapshot() -> AbstractContextManager[object]:
    """A cursor on PostgreSQL lives in a transaction; on SQLite that would keep writers away, and a SELECT is enough."""
    return nullcontext() if connection.vendor == "sqlite" else transaction.atomic()


def _chunks(rows: Iterator[Any]) -> Iterator[list[Any]]:
    while chunk := list(islice(rows, _CHUNK)):
        yield chunk


def _batch(columns: dict[str, Sequence[Any]], table: str) -> pa.RecordBatch:
    columns["environment_id"] = [str(environment_id) for environment_id in columns["environment_id"]]
    pairs = list(zip(columns["kind"], columns["name"], strict=True))
    columns["experiment"] = ["" if kind == _FLAG else name for kind, name in pairs]
    columns["flag"] = [name if kind == _FLAG else "" for kind, name in pairs]
    schema = columns_of(table)
    return pa.record_batch([pa.array(columns[field.name], field.type) for field in schema], schema=schema)
