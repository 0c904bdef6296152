"""What the database holds of usage: counts that are added to, summed up by the hour with time, and forgotten."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import QuerySet

from accounts.models import Environment
from evaluation.models import Counted, ExperimentUsage, LastSeen, UnknownFlag, Usage
from evaluation.unknown import MOST
from evaluation.upserts import ADDED, LATEST, upsert

Counts = Mapping[tuple[str, str, str, datetime], int]  # by environment, key, variant, and the minute's begin
UNKNOWN_FOR = timedelta(days=30)  # without being asked for, before an unknown name is forgotten
_SUBJECTS: Mapping[type[Counted], str] = {Usage: "flag", ExperimentUsage: "experiment"}  # whose key is kept where
_BATCH = 5_000  # rows that are summed up in one transaction


def hour_of(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)


def minute_of(at: datetime) -> datetime:
    return at.replace(second=0, microsecond=0)


def add_usage(counts: Counts, *, seen: Mapping[tuple[str, str], datetime]) -> None:
    """Add evaluations, and when each flag was last seen by environment."""
    _add(Usage, (((*key, Counted.Span.MINUTE), count) for key, count in counts.items()))
    rows = [{"environment_id": environment_id, "flag": flag, "at": at} for (environment_id, flag), at in seen.items()]
    upsert(LastSeen, ("environment_id", "flag"), {"at": LATEST}, rows)


def add_experiment_usage(counts: Counts) -> None:
    """Add decisions about experiments that are on no flag."""
    _add(ExperimentUsage, (((*key, Counted.Span.MINUTE), count) for key, count in counts.items()))


def add_unknown(counts: Mapping[tuple[str, str], int], now: datetime) -> None:
    """Add questions for flags that do not exist. Each environment keeps the names that were asked for last."""
    rows = [
        {"environment_id": environment_id, "flag": flag, "count": n, "first_seen_at": now, "last_seen_at": now}
        for (environment_id, flag), n in counts.items()
    ]
    upsert(UnknownFlag, ("environment_id", "flag"), {"count": ADDED, "last_seen_at": LATEST}, rows)
    for environment_id in {environment_id for environment_id, _ in counts}:
        here = UnknownFlag.objects.filter(environment_id=environment_id).order_by("-last_seen_at", "flag")
        UnknownFlag.objects.filter(pk__in=list(here.values_list("pk", flat=True)[MOST:])).delete()


def roll_up(now: datetime) -> int:
    """Sum minutes that are older than USAGE_MINUTE_DAYS up to hours; returns how many minutes."""
    before = hour_of(now - timedelta(days=settings.USAGE_MINUTE_DAYS))
    done = 0
    for model in _SUBJECTS:
        while found := _roll_up_some(model, before):
            done += found
    return done


def forget(now: datetime) -> int:
    """Delete what is older than USAGE_HOUR_DAYS, names nobody asks for, and environments that are gone."""
    last = now - timedelta(days=settings.USAGE_HOUR_DAYS)
    old = [_rows(model).filter(span__in=Counted.Span.values, at__lt=last) for model in _SUBJECTS]
    asked_long_ago = UnknownFlag.objects.filter(last_seen_at__lt=now - UNKNOWN_FOR)
    living = Environment.objects.values("pk")
    gone = [model.objects.exclude(environment_id__in=living) for model in (LastSeen, UnknownFlag)]
    return sum(rows.delete()[0] for rows in (*old, asked_long_ago, *gone))


def _add(model: type[Counted], counts: Iterable[tuple[tuple[Any, ...], int]]) -> None:
    subject = _SUBJECTS[model]
    names = ("environment_id", subject, "variant", "at", "span", "count")
    rows = [dict(zip(names, (*key, count), strict=True)) for key, count in counts]
    upsert(model, ("environment_id", subject, "at", "variant", "span"), {"count": ADDED}, rows)


def _rows(model: type[Counted]) -> QuerySet[Any]:
    return model._default_manager.all()


@transaction.atomic
def _roll_up_some(model: type[Counted], before: datetime) -> int:
    """The rows are locked first: whoever rolls up as well finds them gone."""
    of_minutes = _rows(model).filter(span=Counted.Span.MINUTE, at__lt=before)
    minutes = of_minutes.select_for_update().order_by("at", "pk")
    found = list(minutes[:_BATCH])
    hours: dict[tuple[Any, ...], int] = defaultdict(int)
    for row in found:
        key = getattr(row, _SUBJECTS[model])
        hours[str(row.environment_id), key, row.variant, hour_of(row.at), Counted.Span.HOUR] += row.count
    _add(model, hours.items())
    _rows(model).filter(pk__in=[row.pk for row in found]).delete()
    return len(found)
