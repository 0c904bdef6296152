"""How a change becomes history: one entry per written row, in the transaction of the change."""

import json
from decimal import Decimal
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder

from accounts.changes import Change, Write, closing
from accounts.rows import Row
from audit.models import Entry

SYSTEM = "system"
MASK = "•••"


def listen() -> None:
    closing.connect(_record, dispatch_uid="audit")


def _record(sender: type, change: Change, **_: Any) -> None:
    entries = [_entry(write) for write in change.writes if isinstance(write.row, Row)]
    Entry.objects.bulk_create([entry for entry in entries if entry.changes or entry.action != Entry.Action.UPDATE])


def _entry(write: Write) -> Entry:
    row = write.row
    assert isinstance(row, Row)
    place = write.place
    return Entry(
        actor_id=write.by.pk if write.by else None,
        actor=str(write.by) if write.by else SYSTEM,
        action=write.action,
        subject=place.subject,
        subject_id=write.row_id,
        key=place.key,
        project=place.project,
        environment=place.environment,
        changes=_differences(row, write.before or {}, write.after or {}),
    )


def _differences(row: Row, before: dict[str, Any], after: dict[str, Any]) -> dict[str, list[Any]]:
    names = [name for name in {**before, **after} if name not in row.unrecorded]
    return {
        name: [_shown(row, name, before.get(name)), _shown(row, name, after.get(name))]
        for name in names
        if before.get(name) != after.get(name)
    }


def _shown(row: Row, name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in row.masked:
        return MASK
    return float(value) if isinstance(value, Decimal) else json.loads(json.dumps(value, cls=DjangoJSONEncoder))
