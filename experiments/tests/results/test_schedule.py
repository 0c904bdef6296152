"""Which experiments get a report unasked, and when that would tell nothing new."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.utils import timezone

from accounts.models import User
from experiments.life_cycle import move
from experiments.metrics.services import create_metric
from experiments.metrics.using import add_metric
from experiments.models import AnalysisJob, Event, Experiment
from experiments.results.making import asked_now
from experiments.results.schedule import ask_for_due_reports
from experiments.tests.results.filed import made

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
Start = Callable[..., Experiment]


@pytest.fixture
def measured(started: Start, alice: User) -> Experiment:
    """A running experiment with one metric, whose window is a week."""
    experiment = started()
    create_metric(experiment.environment.project, by=alice, key="signup", kind="binomial", event="signed_up")
    add_metric(experiment, "signup", by=alice)
    return experiment


def due(now: datetime) -> int:
    return ask_for_due_reports(now, asked_now=asked_now)


def reported(experiment: Experiment, *, ago: timedelta) -> None:
    """As if it had been asked about and answered then."""
    report = made(experiment, ago=ago)
    report.question = asked_now(experiment, report.made_at)
    report.save()
    AnalysisJob.objects.create(experiment=experiment, status="done", asked_at=report.made_at, report=report)


def stored(experiment: Experiment, at: datetime, **fields: Any) -> None:
    given = {"kind": "metric", "name": "signed_up", "user_key": "ann", "at": at, "day": at.date(), "received_at": at}
    Event.objects.create(environment_id=experiment.environment_id, event_id=str(at), **given | fields)


def test_first_report_comes_once_there_are_events(measured: Experiment, started: Start) -> None:
    started("without-metrics")
    assert due(timezone.now()) == 0
    stored(measured, timezone.now())
    assert due(timezone.now()) == 1
    job = AnalysisJob.objects.get()
    assert (job.experiment, job.asked_by) == (measured, "schedule")
    assert due(timezone.now()) == 0


def test_next_report_comes_with_new_events_and_not_before_its_time(measured: Experiment) -> None:
    reported(measured, ago=HOUR)
    now = timezone.now()
    assert due(now) == 0
    stored(measured, now)
    assert due(now - timedelta(minutes=1)) == 0
    assert due(now) == 1


def test_next_report_comes_with_a_change_of_what_is_asked(measured: Experiment, alice: User) -> None:
    reported(measured, ago=HOUR)
    create_metric(measured.environment.project, by=alice, key="orders", kind="count", event="ordered")
    add_metric(measured, "orders", by=alice)
    assert due(timezone.now()) == 1


def test_next_report_comes_after_a_day_because_time_itself_tells_something(measured: Experiment) -> None:
    reported(measured, ago=DAY)
    assert due(timezone.now()) == 1


def test_experiment_that_ended_is_reported_until_its_windows_are_over_and_late_events_are_in(
    measured: Experiment, alice: User
) -> None:
    stored(measured, timezone.now())
    move(measured, "ARCHIVED", by=alice)
    now = timezone.now()
    assert due(now + 15 * DAY) == 0
    assert due(now + 13 * DAY) == 1


def test_nothing_is_due_where_reports_are_only_made_when_asked_for(
    measured: Experiment, settings: LazySettings
) -> None:
    settings.RESULTS_EVERY_MINUTES = 0
    assert due(timezone.now()) == 0
