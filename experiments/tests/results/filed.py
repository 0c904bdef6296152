"""Reports for tests, made without any event."""

from datetime import datetime, timedelta
from typing import Any

from django.utils import timezone

from experiments.models import Experiment, Report
from experiments.results.working import TellProgress

DOCUMENT: dict[str, Any] = {
    "made_at": "2026-01-02T00:00:00+00:00",
    "method": "sequential",
    "data": {"digest": "2-0f", "exposures": 2, "metric_events": 1},
    "verdict": {"state": "no_data", "sentence": "Nothing happened yet."},
    "metrics": [],
    "dimensions": [],
}


def report_of(experiment: Experiment, *, now: datetime | None = None, **document: Any) -> Report:
    """A report that is not saved."""
    at = now or timezone.now()
    return Report(
        experiment=experiment,
        made_at=at,
        received_until=at,
        revision_from=1,
        revision_to=2,
        data_digest="2-0f",
        question={},
        document=DOCUMENT | document,
    )


def made(experiment: Experiment, *, ago: timedelta = timedelta(0), **document: Any) -> Report:
    """A report that is saved."""
    report = report_of(experiment, now=timezone.now() - ago, **document)
    report.save()
    return report


def make(experiment: Experiment, *, now: datetime, tell_progress: TellProgress) -> Report:
    """What makes reports in these tests."""
    tell_progress("adding up", 50)
    return report_of(experiment, now=now)
