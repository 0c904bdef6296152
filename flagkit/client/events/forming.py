"""What a program says happened, as the server takes it: one event, as JSON."""

import json
import math
from collections.abc import Mapping
from datetime import UTC, datetime
from decimal import Decimal
from numbers import Real
from typing import Any

_LARGEST = 32_768  # bytes: one that no server takes must not stand in the way of the others
_TYPES = (str, int, float)


class BadEvent(Exception):
    """The event cannot be what was meant; the message says what to do."""


def metric(name: object, value: object) -> dict[str, Any]:
    """Its own fields. Raises BadEvent."""
    own = {"type": "metric", "name": _text(name, "the name")}
    return own if value is None else {**own, "value": _number(value)}


def exposure(experiment: object, flag: object, variant: object) -> dict[str, Any]:
    """Its own fields. Raises BadEvent."""
    if bool(experiment) == bool(flag):
        raise BadEvent("an exposure names an experiment or a flag: give one of them")
    what = {"experiment": _text(experiment, "the experiment")} if experiment else {"flag": _text(flag, "the flag")}
    return {"type": "exposure", **what, "variant": _text(variant, "the variant")}


def written(own: Mapping[str, Any], *, event_id: str, user_key: object, at: object, attributes: object) -> bytes:
    """The whole event. Raises BadEvent."""
    if not isinstance(attributes, Mapping | None):
        raise BadEvent(f"attributes are a mapping, not {type(attributes).__name__}")
    event = {
        "event_id": _text(event_id, "the event id"),
        **own,
        "user_key": user_of(user_key),
        "timestamp": _instant(at),
        "attributes": dict(attributes or {}),
    }
    try:
        found = json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise BadEvent(f"it cannot be written as JSON: {error}") from error
    if len(found) > _LARGEST:
        raise BadEvent(f"it is larger than {_LARGEST:,} bytes: give it fewer attributes")
    return found


def user_of(key: object) -> str:
    """Who it was, as evaluations name them. Raises BadEvent."""
    return str(key) if type(key) is int else _text(key, "the user key")


def told(attributes: object) -> dict[str, Any]:
    """Those attributes of a context that events can carry: text, numbers, yes and no."""
    if not isinstance(attributes, Mapping):
        return {}
    return {
        name: value
        for name, value in attributes.items()
        if isinstance(name, str) and isinstance(value, _TYPES) and not _is_endless(value)
    }


def _text(value: object, what: str) -> str:
    if not isinstance(value, str) or not value:
        raise BadEvent(f"{what} is text that is not empty, not {value!r:.100}")
    return value


def _number(value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, (Real, Decimal)):
        raise BadEvent(f"a value is a number, not {type(value).__name__}: leave it out where nothing is measured")
    try:
        found = float(value)
    except (OverflowError, ValueError) as error:
        raise BadEvent(f"a value has to fit a float: {error}") from error
    if not math.isfinite(found):
        raise BadEvent(f"a value is a finite number, not {found}")
    return found


def _instant(at: object) -> str:
    if at is None:
        at = datetime.now(UTC)
    if not isinstance(at, datetime) or at.tzinfo is None:
        raise BadEvent("a timestamp is a datetime with its time zone, as datetime.now(UTC) is")
    return at.astimezone(UTC).isoformat()


def _is_endless(value: object) -> bool:
    return isinstance(value, float) and not math.isfinite(value)
