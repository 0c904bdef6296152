"""When an event happened, as senders write it: ISO 8601 with a zone, or seconds or milliseconds since 1970.

Instants are whole microseconds since 1970, so that they can be compared and stored without a zone in between.
"""

from datetime import UTC, datetime, timedelta

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SECOND = 1_000_000
DAY = 86_400 * SECOND
_MICROSECOND = timedelta(microseconds=1)
_MILLISECONDS_FROM = 1e11  # as seconds that is the year 5138, as milliseconds 1973
_MOST = 1e15


def micros_of(at: datetime) -> int:
    return (at - EPOCH) // _MICROSECOND


def read_instant(given: object) -> int | None:
    """The instant; None for what is none."""
    if isinstance(given, str):
        return _read_text(given)
    if isinstance(given, bool) or not isinstance(given, int | float) or not abs(given) < _MOST:
        return None
    return round(given * (SECOND if abs(given) < _MILLISECONDS_FROM else 1_000))


def _read_text(given: str) -> int | None:
    try:
        at = datetime.fromisoformat(given)
        return None if at.tzinfo is None else micros_of(at)
    except (ValueError, OverflowError):
        return None
