"""Whether a report still says what a new one would: nothing was stored since, and nothing else is asked."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from experiments.models import Event, EventPart, Report

_MOVING = {"earlier", "ended_at", "received_until", "revisions"}  # with time, by themselves


def is_current(report: Report, asked: Mapping[str, Any]) -> bool:
    """`asked` is what a report would answer now, written as reports keep it."""
    return _standing(report.question) == _standing(asked) and not has_events(
        report.experiment.environment_id, since=report.received_until
    )


def has_events(environment_id: UUID, *, since: datetime | None = None) -> bool:
    """Whether any were stored, or any since an instant; asks the database, not the store."""
    hot = Event.objects.filter(environment_id=environment_id, part_id=None)
    parts = EventPart.objects.filter(environment_id=environment_id, retired_at=None)
    if since is None:
        return hot.exists() or parts.exists()
    return hot.filter(received_at__gt=since).exists() or parts.filter(received_until__gt=since).exists()


def _standing(value: Any) -> Any:
    if not isinstance(value, Mapping):
        return [_standing(inner) for inner in value] if isinstance(value, list | tuple) else value
    return {name: _standing(inner) for name, inner in value.items() if name not in _MOVING}
