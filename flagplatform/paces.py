"""What the worker does when: a job once one waits, housekeeping every minute, waiting while no database is there."""

import logging
import time
from collections.abc import Callable, Mapping
from datetime import datetime

from django.db import close_old_connections
from django.utils import timezone

from experiments.models import AnalysisJob, Experiment
from experiments.results.making import make_report
from experiments.results.working import AWAY, work
from flagplatform.housekeeping import keep_house

JOBS_EVERY = 1.0  # seconds
HOUSE_EVERY = 60.0
LONGEST_PAUSE = 30.0  # between two attempts to reach the database
_SLICE = 0.1  # of a pause: how late it may be noticed that the worker is to stop

IsStopping = Callable[[], bool]
logger = logging.getLogger(__name__)


def _look(is_stopping: IsStopping) -> AnalysisJob | None:
    return work(make_report, is_stopping=is_stopping)


class Worker:
    """One process's work; `say` hears what was done, `ends` tells whether it is to stop by itself."""

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        ends: Callable[[], bool] = lambda: False,
        look: Callable[[IsStopping], AnalysisJob | None] = _look,
        keep: Callable[[datetime], Mapping[str, int]] = keep_house,
    ) -> None:
        self._look = look
        self._keep = keep
        self._say = say
        self._ends = ends
        self.pause = JOBS_EVERY
        self._next_house = time.monotonic()

    def run(self) -> None:
        """Until it is to stop."""
        while not self._ends():
            close_old_connections()
            self.beat()
            self._rest(self.pause)

    def beat(self) -> None:
        """One look for work. While the database is away it says so once, and the pauses grow."""
        try:
            did_something = self._job()
            self._house_when_due()
        except AWAY as error:
            self._is_away(error)
            return
        if self.pause > JOBS_EVERY:
            logger.warning("The database answers again")
        self.pause = 0.0 if did_something else JOBS_EVERY

    def once(self) -> None:
        """The housekeeping, then every job that waits."""
        self._house(timezone.now())
        while not self._ends() and self._job():
            pass

    def _job(self) -> bool:
        done = self._look(self._ends)
        if done is not None:
            self._say(_in_words(done))
        return done is not None

    def _house_when_due(self) -> None:
        if time.monotonic() < self._next_house:
            return
        self._house(timezone.now())
        self._next_house = time.monotonic() + HOUSE_EVERY

    def _house(self, now: datetime) -> None:
        done = self._keep(now)
        if any(done.values()):
            self._say(", ".join(f"{job} {count}" for job, count in done.items() if count))

    def _is_away(self, error: Exception) -> None:
        if self.pause <= JOBS_EVERY:
            logger.error("The database does not answer; the worker waits for it. It said: %s", error)
        self.pause = min(max(2 * self.pause, 2 * JOBS_EVERY), LONGEST_PAUSE)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while not self._ends() and (left := until - time.monotonic()) > 0:
            time.sleep(min(left, _SLICE))


def _in_words(job: AnalysisJob) -> str:
    experiment = Experiment.objects.filter(pk=job.experiment_id).first()  # gone, where it was deleted meanwhile
    told = f"report of {experiment or job.experiment_id} {job.status}"
    return f"{told}: {job.error}" if job.error else told
