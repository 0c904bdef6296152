"""The two steps of every report, the first time and every time it is verified: events to sums, and sums to words.

The engines are loaded here and nowhere else: a process that computes nothing never holds them.
"""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from experiments.analysis.questions import Question
from experiments.results.asked import Asked

if TYPE_CHECKING:
    from experiments.analysis.sums import Sums

Document = Mapping[str, Any]
_FOR_NOW = ("dimensions", "warnings", "verdict", "advice", "units", "data")
_OF_METRICS_FOR_NOW = ("over_time", "uncapped")


def sums_of(question: Question, *, in_full: bool = False) -> "Sums":
    """From what the store remembers of days that are over, or `in_full` from the events themselves."""
    from experiments.analysis.incremental import sum_up_new
    from experiments.analysis.stores import store_for
    from experiments.analysis.summing import sum_up

    with store_for().open() as reading:
        return sum_up(question, reading) if in_full else sum_up_new(question, reading)


def document_of(asked: Asked, sums: "Sums", *, earlier: Document | None, now: datetime) -> dict[str, Any]:
    """As a database gives it back; `earlier` is what was remembered of the report before."""
    from experiments.results.report import report_of

    document = report_of(asked, sums, earlier=earlier, now=now)
    written: dict[str, Any] = json.loads(json.dumps(document, allow_nan=False))
    return written


def remembered(document: Document) -> dict[str, Any]:
    """What the next report needs of this one: kept with it, so that it can be repeated when this one is gone."""
    kept = {name: value for name, value in document.items() if name not in _FOR_NOW}
    return kept | {"metrics": [_metric(metric) for metric in document["metrics"]]}


def _metric(metric: Document) -> dict[str, Any]:
    return {name: value for name, value in metric.items() if name not in _OF_METRICS_FOR_NOW}
