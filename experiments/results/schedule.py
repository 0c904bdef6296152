"""Which experiments get a report without anybody asking: those whose numbers may have changed, every so often."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db.models import Max, Q

from experiments.models import Experiment
from experiments.results.freshness import has_events, is_current
from experiments.results.jobs import SCHEDULE, ask_for_report

_LATE = timedelta(days=7)  # that an event may arrive after it happened
_LONGEST = timedelta(days=90)  # window of a metric
_STALE = timedelta(days=1)  # with time, the same numbers say more: a window is over, a week is full

Status = Experiment.Status
AskedNow = Callable[[Experiment, datetime], Mapping[str, Any]]


def ask_for_due_reports(now: datetime, *, asked_now: AskedNow) -> int:
    """Ask for the reports that are due; returns how many. `asked_now` is what a report would answer now."""
    if not settings.RESULTS_EVERY_MINUTES:
        return 0
    every = timedelta(minutes=settings.RESULTS_EVERY_MINUTES)
    due = [experiment for experiment in _candidates(now, every) if _is_due(experiment, now, asked_now)]
    for experiment in due:
        ask_for_report(experiment, by=SCHEDULE, now=now)
    return len(due)


def _candidates(now: datetime, every: timedelta) -> list[Experiment]:
    """Those with metrics that nobody asked about for so long and whose last unit's windows are not over."""
    ended = Q(status=Status.ARCHIVED, archived_at__gt=now - _LONGEST - _LATE)
    alive = Q(status__in=(Status.RUNNING, Status.PAUSED))
    measured = Experiment.objects.filter(alive | ended, started_at__isnull=False, metrics__isnull=False)
    known = measured.annotate(asked_at=Max("analysis_jobs__asked_at"), hours=Max("metrics__metric__window_hours"))
    found = known.filter(Q(asked_at=None) | Q(asked_at__lte=now - every)).select_related("environment__project")
    return [experiment for experiment in found.order_by("pk") if _still_counts(experiment, now)]


def _still_counts(experiment: Any, now: datetime) -> bool:
    return experiment.archived_at is None or now < experiment.archived_at + timedelta(hours=experiment.hours) + _LATE


def _is_due(experiment: Experiment, now: datetime, asked_now: AskedNow) -> bool:
    report = experiment.reports.first()
    if report is None:
        return has_events(experiment.environment_id)  # a report of nothing tells nobody anything
    return report.made_at <= now - _STALE or not is_current(report, asked_now(experiment, now))
