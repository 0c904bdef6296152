"""The worker's paces: a job as soon as one waits, and patience with a database that is away."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError

from experiments.models import AnalysisJob
from flagplatform.paces import Worker


def worker(*found: Any, **options: Any) -> Worker:
    """A worker whose looks for jobs end like this, and that has no house to keep."""
    looks = iter(found)

    def look(is_stopping: Callable[[], bool]) -> Any:
        one = next(looks)
        if isinstance(one, Exception):
            raise one
        return one

    return Worker(lambda said: None, look=look, keep=lambda now: {}, **options)


def test_database_that_is_away_is_told_once_and_asked_less_and_less(caplog: pytest.LogCaptureFixture) -> None:
    waiting = worker(*[OperationalError("gone")] * 7, None, None)
    pauses = []
    for _ in range(9):
        waiting.beat()
        pauses.append(waiting.pause)
    assert pauses == [2, 4, 8, 16, 30, 30, 30, 1, 1]
    assert [record.levelname for record in caplog.records] == ["ERROR", "WARNING"]


@pytest.mark.django_db
def test_job_whose_experiment_is_gone_ends_nothing() -> None:
    working = worker(AnalysisJob(experiment_id=uuid4(), status="running"))
    working.beat()
    assert working.pause == 0


def test_worker_whose_parent_is_gone_begins_nothing() -> None:
    worker(ends=lambda: True).run()
