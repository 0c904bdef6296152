"""What one event says, read from what its sender wrote.

    {"type": "exposure", "experiment": "button-color", "variant": "red", "user_key": "user-1", "event_id": "…",
     "timestamp": "2026-03-20T12:34:56Z", "attributes": {"country": "DE"}}
    {"type": "metric", "name": "purchase", "value": 12.5, "user_key": "user-1"}

An exposure names an experiment or a flag. What is left out: the value of an event without one, the time of receipt, no
attributes, and an id that is derived from everything else, so that what is sent again without an id is known again.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

import orjson
import xxhash

from experiments.events.instants import DAY, SECOND, read_instant
from experiments.events.plain import fault_of

EARLIEST, LATEST = 7 * DAY, 600 * SECOND  # before and after the time of receipt
MAX_ATTRIBUTES = 14 * 1024  # bytes as JSON; with the longest of everything else an event stays below 16 KiB
MAX_DEPTH = 4
LARGEST = 1e30  # of values: sums of squares of more than these would be no numbers any more
_ID, _KEY, _USER = 100, 100, 255  # characters
_EXPOSURE = frozenset({"type", "event_id", "user_key", "timestamp", "attributes", "experiment", "flag", "variant"})
_METRIC = frozenset({"type", "event_id", "user_key", "timestamp", "attributes", "name", "value"})
_OTHER_NAMES = {
    "eventId": "event_id",
    "userKey": "user_key",
    "user_id": "user_key",
    "userId": "user_key",
    "experiment_key": "experiment",
    "experimentKey": "experiment",
    "flag_key": "flag",
    "flagKey": "flag",
    "variant_key": "variant",
    "variantKey": "variant",
}
Given = Mapping[str, Any]
Key = tuple[str, int, str]


class Item(NamedTuple):
    """An event as it is stored; the first three fields are what makes it one."""

    environment_id: str
    day: int  # of `at`, since 1970
    event_id: str
    kind: str
    name: str
    variant: str
    user_key: str
    value: float | None
    at: int  # microseconds since 1970
    attributes: str  # a JSON object, or empty


class Rejected(Exception):
    """An event that cannot be taken: a stable code, and a sentence that says what to do."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code, self.message = code, message


def read_item(given: object, *, environment_id: str, now: int, is_plain: bool = True) -> Item:
    """The event; `now` is the time of receipt, in microseconds since 1970. Raises Rejected.

    Where `is_plain` is False, there may be texts and numbers in it that cannot be stored.
    """
    if not isinstance(given, dict):
        raise Rejected("not_an_object", "An event is a JSON object with a type.")
    if not is_plain and (fault := fault_of(given)):
        raise Rejected("not_storable", fault)
    fields: Given = given
    if not fields.keys() <= _EXPOSURE and not fields.keys() <= _METRIC:
        fields = {_OTHER_NAMES.get(str(name), str(name)): value for name, value in given.items()}
    kind = fields.get("type")
    if kind == "metric":
        return _finished(fields, environment_id, now, ("metric", *_metric(fields)))
    if kind == "exposure":
        return _finished(fields, environment_id, now, (*_exposure(fields), None))
    raise Rejected("unknown_type", "The type of an event is exposure or metric.")


def id_of(given: object) -> str | None:
    """The id of an event that could not be read, so that its sender knows which one it was."""
    if not isinstance(given, dict):
        return None
    event_id = given.get("event_id", given.get("eventId"))
    return event_id if isinstance(event_id, str) and len(event_id) <= _ID and not fault_of(event_id) else None


def attributes_text(attributes: Mapping[str, Any]) -> str:
    """The attributes as they are stored. Raises Rejected."""
    if not _is_shallow(attributes, MAX_DEPTH):
        raise Rejected("too_deep", f"attributes may be nested {MAX_DEPTH} deep at most.")
    text = orjson.dumps(attributes, option=orjson.OPT_SORT_KEYS)
    if len(text) > MAX_ATTRIBUTES:
        raise Rejected(
            "too_large", f"attributes may take {MAX_ATTRIBUTES:,} bytes at most. Send only what is asked for."
        )
    return text.decode() if attributes else ""


def _exposure(given: Given) -> tuple[str, str, str]:
    """Kind, name and variant."""
    _require_only(given, _EXPOSURE)
    if given.get("experiment") is None:
        if given.get("flag") is None:
            raise Rejected("missing", "Name the experiment or the flag of the exposure.")
        return "flag", _text(given, "flag", _KEY), _text(given, "variant", _KEY)
    if given.get("flag") is not None:
        raise Rejected("invalid", "Name the experiment or the flag of the exposure, not both.")
    return "exposure", _text(given, "experiment", _KEY), _text(given, "variant", _KEY)


def _metric(given: Given) -> tuple[str, str, float | None]:
    """Name, no variant, and the value."""
    _require_only(given, _METRIC)
    value = given.get("value")
    if value is not None:
        if type(value) is not float and type(value) is not int:
            raise Rejected("invalid", "value must be a number; leave it out where there is none.")
        if not abs(value) <= LARGEST:
            raise Rejected("invalid", f"value must lie between -{LARGEST:g} and {LARGEST:g}.")
        value = float(value)
    return _text(given, "name", _KEY), "", value


def _finished(given: Given, environment_id: str, now: int, about: tuple[str, str, str, float | None]) -> Item:
    user_key, given_at, attributes = _user_key(given), given.get("timestamp"), given.get("attributes")
    at = now if given_at is None else _instant(given_at, now)
    if attributes is not None and type(attributes) is not dict:
        raise Rejected("invalid", "attributes must be a JSON object.")
    text = attributes_text(attributes) if attributes else ""
    if given.get("event_id") is None:
        event_id = _derived(*about, user_key, None if given_at is None else at, text)
    else:
        event_id = _text(given, "event_id", _ID)
    kind, name, variant, value = about
    return Item(environment_id, at // DAY, event_id, kind, name, variant, user_key, value, at, text)


def _derived(*content: str | float | None) -> str:
    return xxhash.xxh3_128_hexdigest(orjson.dumps(content))


def _require_only(given: Given, known: frozenset[str]) -> None:
    if not given.keys() <= known:
        first = min(given.keys() - known)[:_KEY]
        message = f"{first} is no field of this type of event. Put what describes the event into attributes."
        raise Rejected("unknown_field", message)


def _user_key(given: Given) -> str:
    """Text, or a whole number as text, as decisions take it."""
    value = given.get("user_key")
    return str(value) if type(value) is int else _text(given, "user_key", _USER)


def _text(given: Given, name: str, longest: int) -> str:
    value = given.get(name)
    if type(value) is not str:
        if value is None:
            raise Rejected("missing", f"Give {name}.")
        raise Rejected("invalid", f"{name} must be text.")
    if not value:
        raise Rejected("missing", f"{name} must not be empty.")
    if len(value) > longest:
        raise Rejected("too_long", f"{name} may have {longest} characters at most.")
    return value


def _instant(given: object, now: int) -> int:
    at = read_instant(given)
    if at is None:
        message = (
            "timestamp must be ISO 8601 with a zone, as in 2026-03-20T12:34:56Z, or seconds or milliseconds since 1970."
        )
        raise Rejected("bad_timestamp", message)
    if not now - EARLIEST <= at <= now + LATEST:
        message = "timestamp must lie between 7 days ago and in 10 minutes. Import older events with a file."
        raise Rejected("timestamp_outside", message)
    return at


def _is_shallow(value: Any, levels: int) -> bool:
    """Whether objects and lists are nested so many deep at most."""
    for part in value.values() if isinstance(value, dict) else value:
        if isinstance(part, dict | list) and (levels == 1 or not _is_shallow(part, levels - 1)):
            return False
    return True
