"""What a request with events brings: one event, a list of them, or an object that has them under `events`."""

import json
from dataclasses import dataclass
from typing import Any

import orjson

from evaluation.doors.wire import Refused
from experiments.events.plain import fault_of

MAX_EVENTS = 1_000
MAX_BODY = 2 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Brought:
    """The events, and where their sender says that they belong; empty where it does not.

    `is_plain` is False where texts or numbers among them may be none that can be stored.
    """

    events: list[Any]
    is_plain: bool
    project: str = ""
    environment: str = ""


def read_body(body: bytes) -> Brought:
    """Raises Refused where the body is as a whole nothing that can be told apart into events."""
    value, is_plain = _parsed(body)
    if isinstance(value, dict) and isinstance(value.get("events"), list):
        place = (_text(value.get("project")), _text(value.get("environment_key", value.get("environmentKey"))))
        return Brought(_bounded(value["events"]), is_plain, *place)
    if isinstance(value, dict):
        return Brought([value], is_plain)
    if isinstance(value, list):
        return Brought(_bounded(value), is_plain)
    raise Refused(400, "invalid", "The body must be an event, a list of events, or an object with the list as events.")


def too_large() -> Refused:
    message = f"The body is larger than {MAX_BODY:,} bytes. Split it."
    return Refused(413, "too_large", message, connection="close")


def _parsed(body: bytes) -> tuple[Any, bool]:
    """The body, and whether all of it can be stored; one bad number must not cost its neighbours."""
    try:
        return orjson.loads(body), b"\\u0000" not in body
    except orjson.JSONDecodeError as error:
        refused = Refused(400, "parse_error", f"The body cannot be read: malformed JSON: {error}.")
    try:
        return json.loads(body.decode(), parse_int=_whole), False
    except RecursionError as error:
        raise Refused(400, "parse_error", "The body cannot be read: it is nested too deep.") from error
    except ValueError as error:
        raise refused from error


def _whole(digits: str) -> int | float:
    """A number of thousands of digits takes long to read as a whole one, and is none that can be stored."""
    return int(digits) if len(digits) <= 20 else float(digits)


def _bounded(events: list[Any]) -> list[Any]:
    if len(events) > MAX_EVENTS:
        raise Refused(413, "too_many_events", f"Send at most {MAX_EVENTS:,} events at a time. Split them.")
    return events


def _text(value: object) -> str:
    if value is None:
        return ""
    if isinstance(value, str) and not fault_of(value):
        return value
    raise Refused(400, "invalid", "project and environment_key must be text, without NUL and halves of characters.")
