"""Events for tests of where they lie: made in a row each, read back as plain values."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.conf import LazySettings

from experiments.analysis.clickhouse_store import ClickHouseStore
from experiments.analysis.parquet_store import ParquetStore
from experiments.analysis.schema import Table
from experiments.analysis.stores import EventStore, Reading, store_for
from experiments.models import Event, EventPart

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
EVENING = NOON + timedelta(hours=6)
HERE = uuid4()

Put = Callable[..., list[Event]]


@pytest.fixture
def store(tmp_path: Path, settings: LazySettings) -> EventStore:
    settings.EVENTS_DIR = tmp_path / "events"
    return store_for()


@pytest.fixture
def put(db: None) -> Put:
    """`put("a", "b")` stores metric events with these ids at noon."""

    def put(*ids: str, at: datetime = NOON, received_at: datetime | None = None, **fields: Any) -> list[Event]:
        given: dict[str, Any] = {"kind": "metric", "name": "bought", "user_key": "ann", "environment_id": HERE}
        given |= {"at": at, "day": at.date(), "received_at": received_at or at, **fields}
        return Event.objects.bulk_create([Event(event_id=event_id, **given) for event_id in ids])

    return put


@pytest.fixture
def parts(db: None) -> Callable[..., list[EventPart]]:
    """The parts that are read, the oldest first."""
    return lambda **filters: list(EventPart.objects.filter(retired_at=None, **filters).order_by("day", "created_at"))


def ids_in(reading: Reading, table: str = Table.METRICS, *, environment_id: UUID = HERE, **days: Any) -> list[str]:
    """Ids of all events that a reader finds, each as often as it is found."""
    read = reading.exposures if table == Table.EXPOSURES else reading.metric_events
    return sorted(read(environment_id, **days).event_id.to_pyarrow().to_pylist())


def ids_of(store: EventStore, table: str = Table.METRICS, **days: Any) -> list[str]:
    with store.open() as reading:
        return ids_in(reading, table, **days)


def only(day: date) -> dict[str, Any]:
    return {"days": (day, day)}


@pytest.fixture(params=["duckdb", "clickhouse"])
def engine_store(request: pytest.FixtureRequest, tmp_path: Path, db: None) -> EventStore:
    """An empty store of each engine."""
    if request.param == "duckdb":
        return ParquetStore(tmp_path / "events")
    return request.getfixturevalue("clickhouse_store")


@pytest.fixture(scope="session")
def clickhouse(tmp_path_factory: pytest.TempPathFactory) -> ClickHouseStore:
    """The one ClickHouse that a process can have."""
    return ClickHouseStore(f"chdb://{tmp_path_factory.mktemp('clickhouse')}")


@pytest.fixture
def clickhouse_store(clickhouse: ClickHouseStore) -> ClickHouseStore:
    """What earlier tests left there has no rows that name it."""
    return clickhouse
