"""Events for tests of sums, and how they come into a store: bundled in parts, by table and day."""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID, uuid4

import pyarrow as pa

from experiments.analysis.digests import digest_of_rows
from experiments.analysis.schema import Table, columns_of
from experiments.analysis.stores import EventStore
from experiments.models import EventPart

START = datetime(2026, 3, 1, tzinfo=UTC)
HERE, ELSEWHERE = UUID(int=1), UUID(int=2)


@dataclass(frozen=True, slots=True)
class Happening:
    """What exposures and metric events share."""

    event_id: str
    at: datetime
    user_key: str
    attributes: Mapping[str, Any] = field(default_factory=dict)
    received_at: datetime = START
    environment_id: UUID = HERE

    @property
    def day(self) -> date:
        return self.at.astimezone(UTC).date()


@dataclass(frozen=True, slots=True)
class Seen(Happening):
    experiment: str = ""
    flag: str = ""
    variant: str = ""


@dataclass(frozen=True, slots=True)
class Did(Happening):
    name: str = ""
    value: float | None = None


def after(**passed: float) -> datetime:
    return START + timedelta(**passed)


def table_of(event: Happening) -> str:
    return Table.EXPOSURES if isinstance(event, Seen) else Table.METRICS


def rows_of(events: Sequence[Happening], table: str) -> pa.Table:
    rows = [
        asdict(event)
        | {"environment_id": str(event.environment_id), "day": event.day}
        | {"attributes": json.dumps(event.attributes) if event.attributes else ""}
        for event in events
    ]
    return pa.Table.from_pylist(rows, columns_of(table))


def put_in(store: EventStore, events: Iterable[Happening], *, random: Random, parts: int = 1) -> list[UUID]:
    """Dealt out at random to so many parts per day, some of which are written twice, as after a kill."""
    made = []
    bundles: dict[tuple[UUID, str, date, int], list[Happening]] = defaultdict(list)
    for event in events:
        bundles[event.environment_id, table_of(event), event.day, random.randrange(parts)].append(event)
    for (environment_id, table, day, _), bundle in sorted(bundles.items(), key=lambda _: random.random()):
        part_id, rows = uuid4(), rows_of(bundle, table)
        for _ in range(random.choice((1, 1, 2))):
            store.write(environment_id, table, day, rows, part_id)
        made.append(part_id)
        EventPart.objects.create(
            id=part_id,
            environment_id=environment_id,
            table=table,
            day=day,
            rows=len(bundle),
            digest=digest_of_rows(rows, table),
            received_until=max(event.received_at for event in bundle),
            created_at=START,
        )
    return made
