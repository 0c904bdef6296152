"""Where events lie when they are analysed: what every such store can do, and which one this installation has."""

from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

import ibis
import pyarrow as pa
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string
from ibis.backends import BaseBackend

from experiments.models import EventPart

Days = tuple[date, date]  # the first and the last, both included


@dataclass(frozen=True, slots=True)
class StoredDay:
    """What one table of an environment holds of one day. A closed day is over, and all of it lies in parts."""

    day: date
    rows: int
    digest: str
    received_until: datetime
    is_closed: bool


class MissingPart(Exception):
    """A bundle of events that should be there is not."""

    def __init__(self, part: EventPart, place: str) -> None:
        super().__init__(
            f"{part.rows:,} events of {part.day} are missing: {place} is not there. Restore it, or point EVENTS_DIR at "
            "the folder where this installation keeps its events."
        )


class Reading(Protocol):
    """Events as they stood at one instant: each once, in a part or hot, however long the reader takes.

    The instant is that of the first question about an environment. Tables have the columns of `schema.py`.
    """

    @property
    def connection(self) -> BaseBackend: ...

    def exposures(self, environment_id: UUID, days: Days | None = None) -> ibis.Table: ...

    def metric_events(self, environment_id: UUID, days: Days | None = None) -> ibis.Table: ...

    def days(self, environment_id: UUID, table: str, *, now: datetime) -> tuple[StoredDay, ...]:
        """The days that have events in `exposures` or `metrics`, in order."""

    def digest(self, environment_id: UUID, days: Days | None = None, received_until: datetime | None = None) -> str:
        """Of both tables together; without what was stored after `received_until`."""


class EventStore(Protocol):
    """Holds parts: bundles of events that are written once, named by an `EventPart`, and never changed.

    What is written becomes readable with its row. What has no row is litter.
    """

    def open(self) -> AbstractContextManager[Reading]: ...

    def write(self, environment_id: UUID, table: str, day: date, rows: pa.Table, part_id: UUID) -> None:
        """Durable when this returns. To be called again with the same id is no harm."""

    def merge(self, parts: Sequence[EventPart], part_id: UUID) -> bool:
        """Write what parts of one day hold as another one; False where the store has no use for larger parts."""

    def drop(self, part: EventPart) -> None:
        """What is gone already is no error."""

    def sweep(self, *, before: datetime, named: Collection[UUID]) -> int:
        """Remove what was written before this instant and is not of one of these parts; returns how much."""


def store_for(configured: Any = settings) -> EventStore:
    """The store that EVENTS_URL names: Parquet files in EVENTS_DIR where it is empty."""
    url = configured.EVENTS_URL
    if not url:
        return _made("parquet_store.ParquetStore", Path(configured.EVENTS_DIR))
    if not url.startswith(("clickhouse://", "chdb://")):
        raise ImproperlyConfigured(f"EVENTS_URL takes clickhouse://user:password@host/database or nothing, not {url}.")
    return _made("clickhouse_store.ClickHouseStore", url)


def _made(name: str, place: Any) -> EventStore:
    """An engine is loaded only where it is used."""
    store: EventStore = import_string(f"experiments.analysis.{name}")(place)
    return store
