"""What a row of a file says: the same event that the API would take, of any age."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

import orjson

from experiments.events.instants import micros_of, read_instant
from experiments.events.items import LATEST, Item, Rejected, read_item

_OF = {"exposure": frozenset({"experiment", "flag", "variant"}), "metric": frozenset({"name", "value"})}
_OF_ALL = frozenset({"type", "event_id", "user_key", "timestamp", "attributes"})
_TEXTS = ("event_id", "experiment", "flag", "variant", "name", "user_key")
_SECONDS = 1_000_000  # in microseconds
_NO_TIMESTAMP = "Give timestamp: nobody knows when an event of the past was without one."
_BAD_TIMESTAMP = "timestamp must be ISO 8601, as in 2026-03-20T12:34:56Z, or seconds or milliseconds since 1970."


def read_row(cells: Mapping[str, Any], *, kind: str, environment_id: str, now: datetime, oldest: date | None) -> Item:
    """The event. Columns that such an event does not have are attributes. Raises Rejected.

    `kind` is the type of rows that name none; `oldest` is the first day whose events are kept.
    """
    kind = cells.get("type", kind)
    known = _OF_ALL | _OF.get(kind, frozenset()) if isinstance(kind, str) else _OF_ALL
    given = {"type": kind, **{name: cell for name, cell in cells.items() if name in known}}
    given |= {name: str(given[name]) for name in _TEXTS if type(given.get(name)) is int}
    at = _instant(given.get("timestamp"), now, oldest)
    given["timestamp"] = at / _SECONDS
    given["attributes"] = {
        **{name: _plain(cell) for name, cell in cells.items() if name not in known},
        **_attributes(given.get("attributes")),
    }
    if "value" in given:
        given["value"] = _number(given["value"])
    return read_item(given, environment_id=environment_id, now=at, is_plain=False)


def _instant(given: Any, now: datetime, oldest: date | None) -> int:
    """In microseconds since 1970. What names no zone is UTC."""
    if given is None:
        raise Rejected("missing", _NO_TIMESTAMP)
    at = read_instant(_with_zone(given))
    if at is None:
        raise Rejected("bad_timestamp", _BAD_TIMESTAMP)
    if at > micros_of(now) + LATEST:
        raise Rejected("timestamp_outside", "timestamp lies in the future. Look at its unit and zone.")
    if oldest and at < micros_of(datetime.combine(oldest, time(), UTC)):
        raise Rejected("timestamp_outside", f"Events of before {oldest} are not kept. Raise EVENTS_DAYS to keep them.")
    return at


def _with_zone(given: Any) -> Any:
    if isinstance(given, datetime):
        return (given if given.tzinfo else given.replace(tzinfo=UTC)).isoformat()
    if isinstance(given, date):
        return datetime.combine(given, time(), UTC).isoformat()
    if not isinstance(given, str):
        return given
    try:
        at = datetime.fromisoformat(given) if not _is_number(given) else None
    except ValueError:
        return given
    return _with_zone(at) if at else float(given)


def _is_number(text: str) -> bool:
    """Eight digits alone are a date, and longer ones an instant."""
    return len(text) > len("20260320") and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", text) is not None


def _number(given: Any) -> Any:
    if isinstance(given, Decimal):
        return float(given)
    if not isinstance(given, str):
        return given
    if re.fullmatch(r"\s*[-+]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][-+]?[0-9]+)?\s*", given) is None:
        raise Rejected(
            "invalid", "value must be a number with a point for decimals; leave it empty where there is none."
        )
    return float(given)


def _attributes(given: Any) -> Mapping[str, Any]:
    if isinstance(given, str):
        given = _parsed(given)
    elif isinstance(given, list) and all(isinstance(pair, tuple) for pair in given):  # a map of Parquet
        given = dict(given)
    if given is not None and not isinstance(given, dict):
        raise Rejected("invalid", "attributes must be a JSON object.")
    return {str(name): _plain(value) for name, value in (given or {}).items()}


def _parsed(text: str) -> Any:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise Rejected("invalid", f"attributes must be a JSON object: {error}.") from error


def _plain(value: Any) -> Any:
    """As JSON has it."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, date | time):
        return value.isoformat()
    if isinstance(value, dict):
        return {str(name): _plain(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(part) for part in value]
    if not isinstance(value, str | int | float | bool | None):
        raise Rejected("invalid", f"Attributes are text, numbers, true or false, not {type(value).__name__}.")
    return value
