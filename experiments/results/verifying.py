"""Whether a stored report can be repeated: the same question, the same events, every number computed again in full."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings

from experiments.analysis.questions import Question
from experiments.models import Report
from experiments.results.asked import Asked
from experiments.results.comparing import differences
from experiments.results.computing import document_of, remembered, sums_of
from experiments.results.questions import question_from_json

if TYPE_CHECKING:
    from experiments.analysis.sums import Sums

MOST = 20  # differences that are told
_COUNTED = {"exposures": "exposures", "metric_events": "metric events"}


@dataclass(frozen=True, slots=True)
class Verification:
    """A report is verified where nothing differs."""

    report_id: int
    experiment: str
    differences: tuple[str, ...]

    @property
    def is_verified(self) -> bool:
        return not self.differences


def verify(report: Report, *, now: datetime) -> Verification:
    """Compute it again from what was kept with it and from the events that were stored when it was made."""
    question = question_from_json(report.question["question"])
    sums = sums_of(question, in_full=True)
    found = [*_in_data(report, sums, question, now), *_in_chain(report), *_in_document(report, sums)]
    told = found if len(found) <= MOST else [*found[:MOST], f"and {len(found) - MOST} more differences"]
    return Verification(report.pk, report.experiment.key, tuple(told))


def _in_document(report: Report, sums: "Sums") -> Iterator[str]:
    asked, earlier = Asked.from_json(report.question["asked"]), report.question["earlier"]
    before = earlier["told"] if earlier else None
    yield from differences(report.document, document_of(asked, sums, earlier=before, now=report.made_at))


def _in_data(report: Report, sums: "Sums", question: Question, now: datetime) -> Iterator[str]:
    if sums.digest == report.data_digest:
        return
    counted = report.document.get("data", {})
    changes = [_change(counted.get(name), getattr(sums, name), words) for name, words in _COUNTED.items()]
    told = " and ".join(change for change in changes if change) or "as many events, but other ones"
    yield f"The events are not those that it was computed from: {told} than then.{_retention(question, now)}"


def _change(then: Any, found: int, words: str) -> str:
    if not isinstance(then, int) or then == found:
        return ""
    return f"{abs(found - then):,} {words} {'more' if found > then else 'fewer'}"


def _retention(question: Question, now: datetime) -> str:
    """Why events may be missing, where that is known."""
    days = settings.EVENTS_DAYS
    kept_from = now - timedelta(days=days)
    looked_back = max((metric.lookback for metric in question.metrics), default=timedelta(0))
    if not days or question.begun_at - looked_back >= kept_from:
        return ""
    return f" Those from before {kept_from:%Y-%m-%d} were deleted, because EVENTS_DAYS is {days}."


def _in_chain(report: Report) -> Iterator[str]:
    """What it remembers of the report before has to be what that one tells, as long as that one is kept."""
    earlier = report.question["earlier"]
    before = Report.objects.filter(pk=earlier["id"]).first() if earlier else None
    if before is not None:
        yield from differences(
            earlier["told"], remembered(before.document), at=f"report {before.pk}, which it builds on"
        )
