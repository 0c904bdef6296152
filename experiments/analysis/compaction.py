"""From the intake to the store: which events are bundled when, so that each lies in one part and none is lost."""

import logging
from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from uuid import UUID, uuid4

import pyarrow as pa
import pyarrow.compute as pc
from django.db import transaction
from django.db.models import Count, Q, QuerySet

from experiments.analysis import hot
from experiments.analysis.digests import digest_of_rows
from experiments.analysis.schema import Table
from experiments.analysis.stores import EventStore
from experiments.models import Event, EventPart

logger = logging.getLogger(__name__)

MOST_WAITING = 100_000  # in one environment, before its events are bundled within the hour
PART_ROWS = 200_000  # that are in memory at a time
LAST_ARRIVALS = timedelta(minutes=2)  # how long after the end of an hour its events may still be stored
_MARKED = 5_000  # rows per statement: each has to be done well within the database's deadline


class TakenBySomebodyElse(Exception):
    """Some of the events lie in another part by now."""


def compact(store: EventStore, *, now: datetime) -> int:
    """Bundle what is due; returns how many events now lie in parts that did not before.

    The file is durable before its row is written, in the transaction that marks exactly the events that are in it.
    Who is killed in between leaves a file that nobody reads; of two who bundle the same events, one gives way.
    """
    done = 0
    for environment_id, table, day, before in list(_due(now)):
        waiting = _waiting(before).filter(environment_id=environment_id, day=day)
        try:
            for part in _bundle(waiting, store, environment_id=environment_id, table=table, day=day, now=now):
                done += part.rows
        except TakenBySomebodyElse:
            logger.info("Events of %s are being bundled by another process", day)
        except Exception:  # whatever it is about these events, it is not about the others
            logger.exception("Events of %s could not be bundled; they stay where they are and are tried again", day)
    return done


def add_part(
    store: EventStore, rows: pa.Table, *, environment_id: UUID, table: str, day: date, now: datetime
) -> EventPart:
    """Write a part; its row is returned, and is to be saved by the caller."""
    part = EventPart(
        pk=uuid4(),
        environment_id=environment_id,
        table=table,
        day=day,
        rows=rows.num_rows,
        digest=digest_of_rows(rows, table),
        received_until=pc.max(rows["received_at"]).as_py(),
        created_at=now,
    )
    store.write(environment_id, table, day, rows, part.pk)
    return part


def _due(now: datetime) -> Iterator[tuple[UUID, str, date, datetime]]:
    """Environment, table, day, and the instant before which events have to be stored to be bundled now."""
    hour = (now - LAST_ARRIVALS).replace(minute=0, second=0, microsecond=0)
    counted = Event.objects.filter(part_id=None).values("environment_id").annotate(rows=Count("pk"))
    for found in counted.order_by("environment_id"):
        environment_id = found["environment_id"]
        before = now if found["rows"] > MOST_WAITING else hour
        days = _waiting(before).filter(environment_id=environment_id).order_by("day").values_list("day", flat=True)
        yield from ((environment_id, table, day, before) for day in days.distinct() for table in Table.values)


def _waiting(before: datetime) -> QuerySet[Event]:
    return Event.objects.filter(Q(part_id=None), received_at__lt=before)


def _bundle(
    waiting: QuerySet[Event], store: EventStore, *, environment_id: UUID, table: str, day: date, now: datetime
) -> Iterator[EventPart]:
    while True:
        ids, rows = hot.numbered_rows_of(waiting, table, most=PART_ROWS)
        if not ids:
            return
        part = add_part(store, rows, environment_id=environment_id, table=table, day=day, now=now)
        try:
            with transaction.atomic():
                part.save(force_insert=True)
                _mark(ids, part)
        except TakenBySomebodyElse:
            store.drop(part)
            raise
        yield part


def _mark(ids: Sequence[int], part: EventPart) -> None:
    """Say of exactly these events that they lie in this part."""
    in_order = sorted(ids)  # so that two who do the same wait for each other instead of deadlocking
    for first in range(0, len(in_order), _MARKED):
        some = in_order[first : first + _MARKED]
        if Event.objects.filter(pk__in=some, part_id=None).update(part_id=part.pk) != len(some):
            raise TakenBySomebodyElse
