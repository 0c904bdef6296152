"""How a Question is written down in JSON, so that a stored report can be computed again."""

from collections.abc import Mapping
from dataclasses import asdict, fields
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from experiments.analysis.questions import MetricQuestion, Part, Question

_SPANS = ("window", "delay", "lookback")
_INSTANTS = ("begun_at", "ended_at", "received_until")


def question_to_json(question: Question) -> dict[str, Any]:
    """Spans in seconds, instants in ISO 8601."""
    told = asdict(question)
    told["environment_id"] = str(question.environment_id)
    told["split_days"] = [day.isoformat() for day in question.split_days]
    told |= {name: told[name].isoformat() for name in _INSTANTS}
    told["metrics"] = [metric | {name: metric[name].total_seconds() for name in _SPANS} for metric in told["metrics"]]
    written: dict[str, Any] = _plain(told)
    return written


def question_from_json(told: Mapping[str, Any]) -> Question:
    known = {field.name: told[field.name] for field in fields(Question)}
    return Question(
        **known
        | {name: datetime.fromisoformat(told[name]) for name in _INSTANTS}
        | {
            "environment_id": UUID(told["environment_id"]),
            "variants": tuple(told["variants"]),
            "dimensions": tuple(told["dimensions"]),
            "metrics": tuple(map(_metric, told["metrics"])),
            "split_days": tuple(map(date.fromisoformat, told["split_days"])),
        }
    )


def _metric(told: Mapping[str, Any]) -> MetricQuestion:
    parts = {name: _part(told[name]) for name in ("numerator", "denominator")}
    return MetricQuestion(**{**told, **parts, **{name: timedelta(seconds=told[name]) for name in _SPANS}})


def _part(told: Mapping[str, Any] | None) -> Part | None:
    return None if told is None else Part(told["event"], told["aggregation"], tuple(told["filter"]))


def _plain(value: Any) -> Any:
    """With lists where JSON would make lists of tuples, so that it compares equal to what is read back."""
    if isinstance(value, Mapping):
        return {name: _plain(inner) for name, inner in value.items()}
    return [_plain(inner) for inner in value] if isinstance(value, list | tuple) else value
