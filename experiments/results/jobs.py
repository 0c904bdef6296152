"""Which reports are asked for, and which worker makes them: one open job per experiment, held by a lease."""

from datetime import datetime, timedelta
from typing import Literal

from django.db.models import Q, QuerySet

from accounts import policy
from accounts.changes import change
from accounts.editing import hold
from accounts.models import User
from accounts.policy import Action
from experiments.metrics.questions import NotStarted
from experiments.models import AnalysisJob, Experiment

LEASE = timedelta(seconds=60)
MOST_ATTEMPTS = 3
SCHEDULE: Literal["schedule"] = "schedule"

Status = AnalysisJob.Status
_OPEN = (Status.WAITING, Status.RUNNING)
_DIED = (
    f"The worker ended {MOST_ATTEMPTS} times before this was done, perhaps for lack of memory. "
    "Look into its log, then ask again."
)


def ask_for_report(experiment: Experiment, *, by: User | Literal["schedule"], now: datetime) -> AnalysisJob:
    """The experiment's open job; a new one where there is none. Raises Forbidden, NotFound, NotStarted."""
    person = by if isinstance(by, User) else None
    if person is not None:
        policy.require(person, Action.READ, project=experiment.environment.project)
    if experiment.started_at is None:
        raise NotStarted(f"Experiment {experiment.key} has not run yet. Start it, and results follow.")
    with change(by=person):
        hold(experiment)  # who asks at the same time waits here
        standing = open_job(experiment)
        asked_by = person.email if person else SCHEDULE
        return standing or AnalysisJob.objects.create(experiment=experiment, asked_by=asked_by, asked_at=now)


def open_job(experiment: Experiment) -> AnalysisJob | None:
    return experiment.analysis_jobs.filter(status__in=_OPEN).first()


def latest_job(experiment: Experiment) -> AnalysisJob | None:
    return experiment.analysis_jobs.first()


def take_job(now: datetime) -> AnalysisJob | None:
    """The job that waits longest, now held by the caller; None where none waits. Those to be given up are failed."""
    if not _waiting(now).exists():
        return None  # without a transaction: SQLite's would keep writers waiting, every second anew
    with change():
        job = _waiting(now).select_for_update(skip_locked=True).order_by("asked_at", "pk").first()
        if job is None:
            return None
        if job.attempts < MOST_ATTEMPTS:
            return _held(job, now)
        _give_up(job, now)
    return take_job(now)


def _waiting(now: datetime) -> QuerySet[AnalysisJob]:
    return AnalysisJob.objects.filter(Q(status=Status.WAITING) | Q(status=Status.RUNNING, leased_until__lte=now))


def _held(job: AnalysisJob, now: datetime) -> AnalysisJob:
    job.status, job.attempts = Status.RUNNING, job.attempts + 1
    job.begun_at, job.leased_until = now, now + LEASE
    job.step, job.progress = "", 0
    job.save()
    return job


def _give_up(job: AnalysisJob, now: datetime) -> None:
    job.status, job.error, job.ended_at, job.leased_until = Status.FAILED, _DIED, now, None
    job.save()
