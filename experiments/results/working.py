"""How a worker does one job: takes it, makes the report, and says how it ended; nothing that fails ends the worker."""

import contextlib
import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from django.db import InterfaceError, OperationalError
from django.utils import timezone
from psycopg_pool import PoolTimeout

from accounts.errors import Refusal
from experiments.models import AnalysisJob, Experiment, Report
from experiments.results import leases
from experiments.results.jobs import MOST_ATTEMPTS, take_job
from experiments.results.leases import LeaseLost

AWAY = (OperationalError, InterfaceError, PoolTimeout)
TellProgress = Callable[[str, int], None]
logger = logging.getLogger(__name__)


class Stopped(Exception):
    """The worker was told to stop; the job is for another one."""


class MakeReport(Protocol):
    """What makes the report: a new one that is not saved, or a standing one where nothing has changed since."""

    def __call__(self, experiment: Experiment, *, now: datetime, tell_progress: TellProgress) -> Report: ...


def work(
    make: MakeReport,
    *,
    is_stopping: Callable[[], bool] = lambda: False,
    clock: Callable[[], datetime] = timezone.now,
) -> AnalysisJob | None:
    """Do the job that waits longest; returns it, or None where none waits. Raises any of AWAY."""
    job = take_job(clock())
    if job is None:
        return None

    def tell(step: str, progress: int) -> None:
        if is_stopping():
            raise Stopped
        leases.tell(job, step, progress, now=clock())

    try:
        with leases.renewed(job, clock=clock):
            report = make(job.experiment, now=clock(), tell_progress=tell)
        leases.finish(job, report, now=clock())
    except Stopped:
        _give_back(job)
    except (SystemExit, KeyboardInterrupt):
        _give_back(job)
        raise
    except LeaseLost as lost:
        logger.warning("%s", lost)
    except AWAY:
        _retry(job, clock())
        raise
    except Refusal as refusal:
        _fail(job, refusal.message, clock())
    except Exception as error:
        logger.exception("Analysis job %s of experiment %s failed", job.pk, job.experiment_id)
        _fail(job, _in_words(error), clock())
    return AnalysisJob.objects.filter(pk=job.pk).first() or job


def _give_back(job: AnalysisJob) -> None:
    """Where it was just finished, there is nothing to give back."""
    with contextlib.suppress(LeaseLost):
        leases.give_back(job, counts=False)


def _retry(job: AnalysisJob, now: datetime) -> None:
    """Where even this cannot be written, the lease ends by itself."""
    try:
        if job.attempts < MOST_ATTEMPTS:
            leases.give_back(job, counts=True)
        else:
            leases.fail(job, "The database did not answer while this was computed. Ask again in a moment.", now=now)
    except (*AWAY, LeaseLost):
        logger.info("Analysis job %s waits for its lease to end", job.pk)


def _fail(job: AnalysisJob, error: str, now: datetime) -> None:
    try:
        leases.fail(job, error, now=now)
    except LeaseLost as lost:
        logger.warning("%s", lost)


def _in_words(error: Exception) -> str:
    if isinstance(error, MemoryError):
        return "There was not enough memory for this. Give the worker more, or ask for fewer dimensions."
    if isinstance(error, OSError):
        return f"The events could not be read ({error.strerror or error}). Mend that, then ask again."
    return (
        f"The analysis broke ({type(error).__name__}); the worker's log has the details. Ask again once that is mended."
    )
