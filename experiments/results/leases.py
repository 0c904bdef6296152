"""What the holder of a job may still say about it: each word counts only while nobody else has taken the job."""

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Any

from django.db import connections

from accounts.changes import change
from experiments.models import AnalysisJob, Report
from experiments.results.jobs import LEASE

RENEWED_EVERY = 20  # seconds: a third of the lease
LONGEST = timedelta(minutes=30)  # that a lease is renewed without a word of progress: then the work hangs

Status = AnalysisJob.Status
Clock = Callable[[], datetime]
logger = logging.getLogger(__name__)


class LeaseLost(Exception):
    """Somebody else has the job by now, or it is gone; what was done for it is not kept."""


def tell(job: AnalysisJob, step: str, progress: int, *, now: datetime) -> None:
    """Say what is being done, in words and per cent; renews the lease. Raises LeaseLost."""
    _update(job, step=step[:100], progress=min(max(progress, 0), 100), leased_until=now + LEASE)


def finish(job: AnalysisJob, report: Report, *, now: datetime) -> None:
    """Keep the report, where it is a new one, and end the job: both or neither. Raises LeaseLost."""
    with change():
        if report.pk is None:
            report.save()
        _update(job, status=Status.DONE, ended_at=now, leased_until=None, step="", progress=100, report=report)


def fail(job: AnalysisJob, error: str, *, now: datetime) -> None:
    """End the job; `error` says to people what to do. Raises LeaseLost."""
    _update(job, status=Status.FAILED, ended_at=now, leased_until=None, error=error)


def give_back(job: AnalysisJob, *, counts: bool) -> None:
    """Let any worker have it; `counts` says whether this was an attempt. Raises LeaseLost."""
    attempts = job.attempts if counts else job.attempts - 1
    _update(job, status=Status.WAITING, leased_until=None, step="", progress=0, attempts=attempts)


@contextmanager
def renewed(job: AnalysisJob, *, clock: Clock, every: float = RENEWED_EVERY) -> Iterator[None]:
    """Renew the lease while the work goes on, also where one step of it takes longer than a lease."""
    done = threading.Event()
    until = clock() + LONGEST
    thread = threading.Thread(target=_renew, args=(job, clock, until, every, done), daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()


def _renew(job: AnalysisJob, clock: Clock, until: datetime, every: float, done: threading.Event) -> None:
    try:
        while not done.wait(every) and clock() < until:
            _try_to_renew(job, clock() + LEASE)
    except LeaseLost as lost:
        logger.warning("%s", lost)
    finally:
        connections.close_all()


def _try_to_renew(job: AnalysisJob, leased_until: datetime) -> None:
    """A lease outlives two failures: the next attempt has a connection of its own. Raises LeaseLost."""
    try:
        _update(job, leased_until=leased_until)
    except LeaseLost:
        raise
    except Exception as error:
        logger.warning("The lease of analysis job %s was not renewed: %s", job.pk, error)
        connections.close_all()


def _update(job: AnalysisJob, **values: Any) -> None:
    """`attempts` counts who has held it: only the latest holder's writes find the row."""
    held = AnalysisJob.objects.filter(pk=job.pk, status=Status.RUNNING, attempts=job.attempts)
    if not held.update(**values):
        raise LeaseLost(f"Analysis job {job.pk} is held by another worker, or is over.")
