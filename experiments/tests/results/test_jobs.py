"""Reports that are asked for: one job at a time, held by one worker, and what becomes of it when that worker fails."""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import InterfaceError, OperationalError
from django.utils import timezone

from accounts.errors import Forbidden, Impossible
from accounts.models import User
from accounts.tests.racing import race
from experiments.metrics.questions import NotStarted
from experiments.models import AnalysisJob, Experiment, Report
from experiments.results import leases, pruning
from experiments.results.jobs import LEASE, MOST_ATTEMPTS, ask_for_report, take_job
from experiments.results.working import TellProgress, work
from experiments.tests.results.filed import made, make, report_of

NOW = datetime(2026, 1, 2, tzinfo=timezone.get_default_timezone())
Start = Callable[..., Experiment]


def asked(experiment: Experiment) -> AnalysisJob:
    return ask_for_report(experiment, by="schedule", now=NOW)


def raising(error: BaseException) -> Any:
    def broken(experiment: Experiment, *, now: datetime, tell_progress: TellProgress) -> Report:
        raise error

    return broken


def test_draft_has_nothing_to_report(drafted: Start, alice: User) -> None:
    with pytest.raises(NotStarted, match="Start it"):
        ask_for_report(drafted(), by=alice, now=NOW)


def test_who_may_not_read_asks_for_nothing(started: Start, eve: User, charlie: User) -> None:
    experiment = started()
    with pytest.raises(Forbidden):
        ask_for_report(experiment, by=eve, now=NOW)
    assert ask_for_report(experiment, by=charlie, now=NOW).asked_by == charlie.email


def test_asking_again_gives_the_job_that_is_not_over(started: Start, alice: User) -> None:
    experiment = started()
    first = ask_for_report(experiment, by=alice, now=NOW)
    assert ask_for_report(experiment, by="schedule", now=NOW) == first
    take_job(NOW)
    assert asked(experiment) == first
    AnalysisJob.objects.update(status="done")
    assert asked(experiment) != first


def test_job_that_is_held_is_not_taken_again_until_its_lease_is_over(started: Start) -> None:
    asked(started())
    first = take_job(NOW)
    assert first
    leases.tell(first, "adding up", 50, now=NOW + LEASE / 2)
    assert take_job(NOW + LEASE) is None
    second = take_job(NOW + LEASE * 1.5)
    assert second == first
    assert second.attempts == 2


def test_worker_that_lost_its_lease_writes_nothing(started: Start) -> None:
    asked(started())
    slow = take_job(NOW)
    assert slow
    take_job(NOW + LEASE)
    with pytest.raises(leases.LeaseLost):
        leases.finish(slow, report_of(slow.experiment), now=NOW)
    assert not Report.objects.exists()
    slow.refresh_from_db()
    assert slow.status == "running"


def test_job_whose_workers_keep_dying_fails_with_words_for_people(started: Start) -> None:
    job = asked(started())
    for attempt in range(MOST_ATTEMPTS):
        assert take_job(NOW + attempt * LEASE) == job
    assert take_job(NOW + MOST_ATTEMPTS * LEASE) is None
    job.refresh_from_db()
    assert job.status == "failed"
    assert "memory" in job.error


def test_job_ends_with_its_report(started: Start) -> None:
    experiment = started()
    asked(experiment)
    job = work(make)
    assert job
    assert (job.status, job.progress, job.report) == ("done", 100, experiment.reports.get())
    assert work(make) is None


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (Impossible("Take fewer dimensions."), "Take fewer dimensions."),
        (RuntimeError("secret detail"), "the worker's log has the details"),
        (MemoryError(), "not enough memory"),
        (PermissionError(13, "Permission denied"), "could not be read (Permission denied)"),
    ],
)
def test_job_that_fails_says_what_to_do_and_leaves_the_worker_alive(
    started: Start, error: Exception, words: str
) -> None:
    asked(started())
    job = work(raising(error))
    assert job
    assert job.status == "failed"
    assert words in job.error
    assert "secret" not in job.error


def test_job_waits_again_when_the_database_goes_away_and_fails_when_it_keeps_going(started: Start) -> None:
    asked(started())
    for _ in range(MOST_ATTEMPTS):
        assert AnalysisJob.objects.get().status == "waiting"
        with pytest.raises(OperationalError):
            work(raising(OperationalError("gone")))
    assert AnalysisJob.objects.get().status == "failed"


def test_worker_that_is_told_to_stop_gives_its_job_back_as_it_was(started: Start) -> None:
    asked(started())
    job = work(make, is_stopping=lambda: True)
    assert job
    assert (job.status, job.attempts, job.step) == ("waiting", 0, "")
    with pytest.raises(SystemExit):
        work(raising(SystemExit(0)))
    job.refresh_from_db()
    assert (job.status, job.attempts) == ("waiting", 0)


def test_experiment_that_is_deleted_meanwhile_ends_nothing_else(started: Start, alice: User) -> None:
    def deleting(experiment: Experiment, *, now: datetime, tell_progress: TellProgress) -> Report:
        experiment.delete()
        tell_progress("adding up", 50)
        raise AssertionError

    asked(started())
    assert work(deleting)
    assert work(make) is None


def test_experiment_that_is_deleted_before_its_job_begins_ends_nothing_else(started: Start, alice: User) -> None:
    def deleting() -> datetime:
        """Told the time for the second time, the worker has the job and has not looked at its experiment."""
        if AnalysisJob.objects.filter(status="running").exists():
            Experiment.objects.all().delete()
        return NOW

    asked(started())
    assert work(make, clock=deleting)
    assert work(make) is None


@pytest.mark.django_db(transaction=True)
def test_two_workers_take_different_jobs(started: Start) -> None:
    for key in ("one", "two"):
        asked(started(key))
    taken = race(*[lambda: take_job(NOW)] * 2)
    assert {job.experiment.key for job in taken} == {"one", "two"}


@pytest.mark.django_db(transaction=True)
def test_lease_is_renewed_while_one_step_takes_long(started: Start) -> None:
    asked(started())
    job = take_job(NOW)
    assert job
    later = NOW + LEASE
    with leases.renewed(job, clock=lambda: later, every=0.01):
        while AnalysisJob.objects.get().leased_until != later + LEASE:
            pass


@pytest.mark.django_db(transaction=True)
def test_lease_is_renewed_again_after_the_database_was_away(started: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    errors = [OperationalError("database is locked"), InterfaceError("connection already closed")]
    update = leases._update

    def update_at_last(job: AnalysisJob, **values: Any) -> None:
        if errors:
            raise errors.pop()
        update(job, **values)

    asked(started())
    job = take_job(NOW)
    assert job
    monkeypatch.setattr(leases, "_update", update_at_last)
    with leases.renewed(job, clock=lambda: NOW + LEASE, every=0.01):
        until = time.monotonic() + 10
        while AnalysisJob.objects.get().leased_until != NOW + 2 * LEASE:
            assert time.monotonic() < until


def test_newest_reports_stay_and_one_a_day_of_the_older_ones(started: Start, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pruning, "NEWEST", 2)
    experiment = started()
    now = timezone.now().replace(hour=12)
    kept = [made_at(experiment, now - timedelta(**ago)) for ago in ({}, {"hours": 1}, {"days": 1}, {"days": 2})]
    made_at(experiment, now - timedelta(hours=2))
    made_at(experiment, now - timedelta(days=1, hours=1))
    assert pruning.forget_reports(now) == 2
    assert list(experiment.reports.all()) == kept


def made_at(experiment: Experiment, at: datetime) -> Report:
    return made(experiment, ago=timezone.now() - at)


def test_jobs_are_forgotten_a_week_after_they_ended(started: Start) -> None:
    asked(started())
    ended = work(make)
    assert ended
    assert ended.ended_at
    assert pruning.forget_jobs(ended.ended_at + pruning.KEPT) == 0
    assert pruning.forget_jobs(ended.ended_at + pruning.KEPT + timedelta(seconds=1)) == 1
