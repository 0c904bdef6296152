"""How a report is made: what is asked of an experiment now, the sums that answer it, and the document in words."""

import time
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

from experiments.analysis.questions import Question
from experiments.metrics.questions import question_of
from experiments.models import Experiment, Report
from experiments.results.asked import Asked
from experiments.results.asking import asked_of
from experiments.results.computing import document_of, remembered, sums_of
from experiments.results.queries import newest_report
from experiments.results.questions import question_to_json

Written = dict[str, Any]

# Events are stamped before they are committed: who reads at once up to now would miss some that count as stored by now.
SETTLING = 0.25  # seconds


def make_report(experiment: Experiment, *, now: datetime, tell_progress: Callable[[str, int], None]) -> Report:
    """A report that is not saved yet, about what was stored up to `now`."""
    tell_progress("Reading what is asked", 5)
    question, asked = _asked(experiment, now)
    time.sleep(SETTLING)
    tell_progress("Adding up the events", 10)
    sums = sums_of(question)
    tell_progress("Computing the results", 80)
    earlier = newest_report(experiment)
    told = remembered(earlier.document) if earlier else None
    document = document_of(asked, sums, earlier=told, now=now)
    return Report(
        experiment=experiment,
        made_at=now,
        received_until=now,
        revision_from=asked.revisions[0],
        revision_to=asked.revisions[1],
        data_digest=sums.digest,
        question=_written(question, asked, {"id": earlier.pk, "told": told} if earlier else None),
        document=document,
    )


def asked_now(experiment: Experiment, now: datetime) -> Written:
    """What a report that is made now would answer, as reports keep it."""
    question, asked = _asked(experiment, now)
    return _written(question, asked, None)


def _asked(experiment: Experiment, now: datetime) -> tuple[Question, Asked]:
    """What is asked of the events, and what of their sums."""
    question = question_of(experiment, now=now, received_until=now)
    asked = asked_of(experiment, question_to_json(question), now=now, received_until=now)
    return replace(question, split_days=asked.split_days), asked


def _written(question: Question, asked: Asked, earlier: Written | None) -> Written:
    """`earlier` is the report that this one builds on: its id, and what is remembered of it."""
    return {"question": question_to_json(question), "asked": asked.to_json(), "earlier": earlier}
