"""Rows that are added where they are new and merged where they stand, in one statement on both databases.

Rows are written in the order of their keys, so that processes that write the same ones wait for each other in one
direction only.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection, models

ADDED = "{table}.{column} + EXCLUDED.{column}"
LATEST = "CASE WHEN EXCLUDED.{column} > {table}.{column} THEN EXCLUDED.{column} ELSE {table}.{column} END"
Row = Mapping[str, Any]
_BATCH = 500  # rows per statement; SQLite takes 32,766 parameters


def upsert(model: type[models.Model], key: Sequence[str], merged: Mapping[str, str], rows: Iterable[Row]) -> None:
    """Write rows of field values, each key once; `merged` says what becomes of each column that stands already."""
    ordered = sorted(rows, key=lambda row: tuple(str(row[name]) for name in key))
    for start in range(0, len(ordered), _BATCH):
        _write(model, key, merged, ordered[start : start + _BATCH])


def _write(model: type[models.Model], key: Sequence[str], merged: Mapping[str, str], rows: Sequence[Row]) -> None:
    quoted = connection.ops.quote_name
    table, names = quoted(model._meta.db_table), list(rows[0])
    values = ", ".join([f"({', '.join(['%s'] * len(names))})"] * len(rows))
    updates = ", ".join(f"{quoted(n)} = {how.format(table=table, column=quoted(n))}" for n, how in merged.items())
    statement = (  # the names are the models', whose columns are called like their fields; values are parameters
        f"INSERT INTO {table} ({', '.join(map(quoted, names))}) VALUES {values} "  # noqa: S608
        f"ON CONFLICT ({', '.join(map(quoted, key))}) DO UPDATE SET {updates}"
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, [_stored(model, name, row[name]) for row in rows for name in names])


def _stored(model: type[models.Model], name: str, value: Any) -> Any:
    field = model._meta.get_field(name)
    assert isinstance(field, models.Field)
    return field.get_db_prep_save(value, connection)
