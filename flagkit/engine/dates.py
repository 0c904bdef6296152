"""What an instant and a length of time look like in rules and attributes.

An instant is ISO 8601 text (without an offset it is UTC; a date alone is its midnight), a number of seconds since 1970,
or a datetime. A length of time is a number and one of the units s, m, h, d, w: `30d`, `12 h`, `90 days`.
"""

from datetime import UTC, date, datetime, timedelta

from flagkit.engine.documents import BrokenDocument, shown

_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}


def instant(value: object) -> datetime | None:
    """The instant that this value names, aware; None where it names none."""
    try:
        if isinstance(value, str):
            return _aware(datetime.fromisoformat(value))
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return datetime.fromtimestamp(value, UTC)
    except (ValueError, OverflowError, OSError):
        return None
    if isinstance(value, datetime):
        return _aware(value)
    return datetime(value.year, value.month, value.day, tzinfo=UTC) if isinstance(value, date) else None


def wanted_instant(value: object) -> datetime:
    """The instant of a rule. Raises BrokenDocument where it names none."""
    found = instant(value)
    if found is None:
        raise BrokenDocument(f"{shown(value)} is not a date and time: write it like 2026-11-21T09:00:00Z")
    return found


def wanted_duration(value: object) -> timedelta:
    """The length of time of a rule. Raises BrokenDocument where it is none."""
    if isinstance(value, str):
        digits = value.strip().rstrip("abcdefghijklmnopqrstuvwxyz ")
        unit = value.strip()[len(digits) :].strip()
        name = _UNITS.get(unit, f"{unit.removesuffix('s')}s")
        if digits.isascii() and digits.isdigit() and name in _UNITS.values() and len(digits) <= 6:
            return timedelta(**{name: int(digits)})
    raise BrokenDocument(f"{shown(value)} is not a length of time: write it like 30d, 12h or 15m")


def _aware(found: datetime) -> datetime:
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)
