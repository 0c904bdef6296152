"""How a request waits for the worker: for some seconds, holding no transaction, and only a few at a time."""

import threading
import time

from django.conf import settings

from experiments.models import AnalysisJob
from experiments.queries import ExperimentNotFound

_EVERY = 0.1  # seconds between two looks
# Requests that wait keep their threads from all others, so most of the threads never wait.
_places = threading.BoundedSemaphore(max(1, settings.DJANGO_THREADS // 4))


def wait_for(job: AnalysisJob, *, seconds: float) -> None:
    """Read the job again until it is over, for so long at most; where too many wait already, not at all.

    Raises ExperimentNotFound where it is gone: jobs go with their experiment alone while somebody waits.
    """
    if not _places.acquire(blocking=False):
        return
    try:
        until = time.monotonic() + seconds
        while not is_over(job) and time.monotonic() < until:
            time.sleep(_EVERY)
            job.refresh_from_db()
    except AnalysisJob.DoesNotExist as gone:
        raise ExperimentNotFound("The experiment was deleted while its results were waited for.") from gone
    finally:
        _places.release()


def is_over(job: AnalysisJob) -> bool:
    return job.status in (AnalysisJob.Status.DONE, AnalysisJob.Status.FAILED)
