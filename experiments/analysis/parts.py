"""How many parts a day has: many small ones become one, and those that nobody names any more go."""

import logging
from collections.abc import Collection, Iterator
from datetime import datetime, timedelta
from uuid import uuid4

from django.db import transaction
from django.db.models import Count

from experiments.analysis.digests import add_up
from experiments.analysis.stores import EventStore
from experiments.models import EventPart

logger = logging.getLogger(__name__)

MOST_PARTS = 8  # of a day that is over
READ_FOR = timedelta(hours=1)  # how long somebody may still read what was retired, or write what has no row yet


class PartsChanged(Exception):
    """Somebody else merged or retired some of the parts meanwhile."""


def merge_parts(store: EventStore, *, now: datetime) -> int:
    """Make one part of each day's that is over and has too many; returns how many went into others."""
    merged = 0
    for parts in list(_crowded_days(now)):
        try:
            merged += _merge(parts, store, now)
        except Exception:  # a file that is missing spoils its own day alone
            logger.exception("The parts of %s could not be merged; they are read as they are", parts[0].day)
    return merged


def delete_retired(store: EventStore, *, now: datetime) -> int:
    """Delete what was retired so long ago that nobody reads it any more; returns how many parts."""
    retired = EventPart.objects.filter(retired_at__lt=now - READ_FOR)
    for part in retired:
        store.drop(part)
    return retired.filter(pk__in=[part.pk for part in retired]).delete()[0]


def remove_litter(store: EventStore, *, now: datetime) -> int:
    """Remove what was written by processes that did not live to name it; returns how many files."""
    named = set(EventPart.objects.values_list("pk", flat=True))
    return store.sweep(before=now - READ_FOR, named=named)


def retire(parts: Collection[EventPart], *, now: datetime) -> None:
    """Take them out of what is read from now on. Raises PartsChanged when one of them is retired already."""
    living = EventPart.objects.filter(pk__in=[part.pk for part in parts], retired_at=None)
    if living.update(retired_at=now) != len(parts):
        raise PartsChanged


def _crowded_days(now: datetime) -> Iterator[list[EventPart]]:
    living = EventPart.objects.filter(retired_at=None, day__lt=now.date())
    counted = living.values("environment_id", "table", "day").annotate(parts=Count("pk"))
    for found in counted.filter(parts__gt=MOST_PARTS).order_by("day"):
        of_day = living.filter(environment_id=found["environment_id"], table=found["table"], day=found["day"])
        yield list(of_day.order_by("created_at"))


def _merge(parts: list[EventPart], store: EventStore, now: datetime) -> int:
    one = parts[0]
    merged = EventPart(
        pk=uuid4(),
        environment_id=one.environment_id,
        table=one.table,
        day=one.day,
        rows=sum(part.rows for part in parts),
        digest=add_up(part.digest for part in parts),
        received_until=max(part.received_until for part in parts),
        created_at=now,
    )
    if not store.merge(parts, merged.pk):
        return 0
    try:
        with transaction.atomic():
            retire(parts, now=now)
            merged.save(force_insert=True)
    except PartsChanged:
        store.drop(merged)
        return 0
    return len(parts)
