"""Events as rows: a bundle of them in one statement, which tells the new ones from those that stand already.

Rows are written in the order of their keys, so that processes that write the same ones wait for each other in one
direction only.
"""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from operator import itemgetter
from uuid import UUID

import orjson
from django.db import DataError, IntegrityError, connection

from experiments.events.instants import EPOCH, SECOND
from experiments.events.items import Item, Key
from experiments.models import Event

_TABLE = Event._meta.db_table
_COLUMNS = "environment_id, day, event_id, kind, name, variant, user_key, value, at, attributes, received_at"
_INTO = f"INSERT INTO {_TABLE} ({_COLUMNS})"
_ONCE = "ON CONFLICT (environment_id, day, event_id) DO NOTHING"
# One JSON text is passed in a tenth of the time that as many arrays take.
_POSTGRES = f"""
{_INTO} SELECT (e->>0)::uuid, date '1970-01-01' + (e->>1)::int, e->>2, e->>3, e->>4, e->>5, e->>6, (e->>7)::float8,
    timestamptz 'epoch' + (e->>8)::bigint * interval '1 microsecond', e->>9, %s
FROM jsonb_array_elements(%s::jsonb) AS e
{_ONCE} RETURNING environment_id::text, day - date '1970-01-01', event_id
"""  # noqa: S608 - the names are the model's; values are parameters
_MOST = 2_000  # rows in a statement: SQLite takes 32,766 parameters
_KEY = itemgetter(0, 1, 2)
_ABOUT_A_ROW = (DataError, IntegrityError, ValueError, OverflowError)
_NAIVE = EPOCH.replace(tzinfo=None)


def store(items: Sequence[Item], *, now: datetime) -> tuple[set[Key], set[Key]]:
    """The keys that are new now, and those of events that the database does not take whatever is done.

    An event that cannot be stored is found by halving, and holds up no other. Raises what the database raises where
    it is not about an event.
    """
    ordered = sorted(items, key=_KEY)
    parts = [_store(ordered[start : start + _MOST], now) for start in range(0, len(ordered), _MOST)]
    return set().union(*(new for new, _ in parts)), set().union(*(refused for _, refused in parts))


def _store(items: Sequence[Item], now: datetime) -> tuple[set[Key], set[Key]]:
    try:
        return _insert(items, now), set()
    except _ABOUT_A_ROW:
        if len(items) == 1:
            return set(), {items[0][:3]}
    half = len(items) // 2
    first, second = _store(items[:half], now), _store(items[half:], now)
    return first[0] | second[0], first[1] | second[1]


def _insert(items: Sequence[Item], now: datetime) -> set[Key]:
    if connection.vendor == "sqlite":
        return _insert_texts(items, now)
    with connection.cursor() as cursor:
        cursor.execute(_POSTGRES, [now, orjson.dumps([tuple(item) for item in items]).decode()])
        return set(cursor.fetchall())


def _insert_texts(items: Sequence[Item], now: datetime) -> set[Key]:
    """On SQLite, where days, instants and UUIDs are texts."""
    keys = {(_hex(item.environment_id), _day(item.day), item.event_id): item[:3] for item in items}
    received = str(now.astimezone(UTC).replace(tzinfo=None))
    values: list[str | float | None] = []
    for environment_id, day, *same, at, attributes in items:
        values += (_hex(environment_id), _day(day), *same, _instant(at), attributes, received)
    rows = ", ".join(["(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s)"] * len(items))
    with connection.cursor() as cursor:
        cursor.execute(f"{_INTO} VALUES {rows} {_ONCE} RETURNING environment_id, day || '', event_id", values)
        return {keys[row] for row in cursor.fetchall()}


@lru_cache(maxsize=1_024)
def _hex(environment_id: str) -> str:
    return UUID(environment_id).hex


@lru_cache(maxsize=64)
def _day(number: int) -> str:
    return str(date.fromordinal(_NAIVE.toordinal() + number))


def _instant(micros: int) -> str:
    """As Django writes it, so that instants can be compared as texts."""
    second, rest = divmod(micros, SECOND)
    return f"{_second(second)}.{rest:06}" if rest else _second(second)


@lru_cache(maxsize=1_024)
def _second(number: int) -> str:
    return str(_NAIVE + timedelta(seconds=number))
