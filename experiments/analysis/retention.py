"""How long events are kept: in the intake as long as one may be sent again, in the store for EVENTS_DAYS."""

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import QuerySet

from accounts.models import Environment
from experiments.models import Event, EventPart

KNOWN_FOR = timedelta(days=14)  # an event is taken for seven days, and may lie in a spool for as long
_BATCH = 5_000  # rows per statement: each has to be done well within the database's deadline


def forget_events(*, now: datetime, days: int) -> int:
    """Delete from the intake what lies in parts and is old, retire parts that are too old, and all of environments
    that are gone; returns how many rows and parts. `days` is how long parts are kept, 0 for ever.
    """
    before = (now - KNOWN_FOR).date()
    parts, done = EventPart.objects.filter(retired_at=None), 0
    known = {*_environments(), *parts.values_list("environment_id", flat=True).distinct()}
    # asked for after what they have: one that is made meanwhile is not taken for gone
    gone = known.difference(Environment.objects.values_list("pk", flat=True))
    for environment_id in sorted(known):
        here = Event.objects.filter(environment_id=environment_id)
        done += _delete(here if environment_id in gone else here.filter(day__lt=before, part_id__isnull=False))
    done += parts.filter(environment_id__in=gone).update(retired_at=now)
    if days:
        done += parts.filter(day__lt=oldest_kept(now, days)).update(retired_at=now)
    return done


def oldest_kept(now: datetime, days: int) -> date:
    """The first day whose events are kept."""
    return (now - timedelta(days=days)).date()


def _environments() -> Iterator[UUID]:
    """Those that have rows in the intake, found by their index one after the other: there are few of many rows."""
    rows = Event.objects.order_by("environment_id").values_list("environment_id", flat=True)
    found = rows.first()
    while found is not None:
        yield found
        found = rows.filter(environment_id__gt=found).first()


def _delete(rows: QuerySet[Event]) -> int:
    deleted = 0
    while some := list(rows.values_list("pk", flat=True)[:_BATCH]):
        deleted += Event.objects.filter(pk__in=some)._raw_delete(rows.db)  # nobody listens to these rows
    return deleted
