"""Which reports and jobs are kept: the newest ones all, of the older reports the last one of each day."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Count

from experiments.models import AnalysisJob, Experiment, Report

NEWEST = 100  # reports of an experiment
KEPT = timedelta(days=7)  # jobs that are over


def forget_jobs(now: datetime) -> int:
    """Delete the jobs that ended a week ago; returns how many."""
    return AnalysisJob.objects.filter(ended_at__lt=now - KEPT).delete()[0]


def forget_reports(now: datetime) -> int:
    """Delete the reports that are neither among the newest nor the last one of their day; returns how many."""
    many = Experiment.objects.annotate(kept=Count("reports")).filter(kept__gt=NEWEST).order_by("pk")
    return sum(_forget(experiment) for experiment in many)


def _forget(experiment: Experiment) -> int:
    newest_first = experiment.reports.order_by("-made_at", "-pk").values_list("pk", "made_at")
    gone = list(_superfluous(newest_first))
    return Report.objects.filter(pk__in=gone).delete()[0] if gone else 0


def _superfluous(newest_first: Iterable[tuple[Any, datetime]]) -> Iterable[Any]:
    days = set()
    for number, (pk, made_at) in enumerate(newest_first):
        day = made_at.date()
        if number >= NEWEST and day in days:
            yield pk
        days.add(day)
