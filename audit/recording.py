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
        if _text(before.get(name)) != _text(after.get(name))
    }


def _text(value: Any) -> str:
    """As JSON, where True is not 1 and 1 is not 1.0, although Python says so."""
    return json.dumps(value, cls=_Encoder, sort_keys=True)


def _shown(row: Row, name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in row.masked:
        return MASK
    return json.loads(_text(value))


class _Encoder(DjangoJSONEncoder):
    """Decimals are numbers here: history shows 30, not "30.000"."""

    def default(self, o: Any) -> Any:
        if isinstance(o, Decimal):
            return int(o) if o == int(o) else float(o)
        return super().default(o)
