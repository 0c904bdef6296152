"""What questions at every decision door have in common: a context, texts, and how old the answer's data may be."""

from typing import Any

from evaluation import strict_json
from evaluation.doors.wire import Refused, Request
from evaluation.store import Store

_DIGITS = 18  # of a revision
STALE = "X-Config-Stale"
STALE_AFTER = 10.0  # seconds without the database's word before answers say so


def given_by(request: Request) -> dict[str, Any]:
    """The query's parameters, and over them the body's fields. Raises Refused."""
    given: dict[str, Any] = request.parameters()
    if given.get("context"):
        try:
            given["context"] = strict_json.loads(given["context"])
        except strict_json.BadJSON as error:
            raise Refused(400, "parse_error", f"context cannot be read: {error}.") from error
    return {**given, **request.json()} if request.method == "POST" else given


def context_of(given: dict[str, Any]) -> dict[str, Any]:
    """The attributes of the subject. Raises Refused."""
    if "context" not in given:
        return {}
    attributes = given["context"]
    if attributes is None or attributes == "":
        return {}
    if not isinstance(attributes, dict):
        raise Refused(400, "invalid_context", "context must be a JSON object of attributes.")
    return attributes


def subject_of(given: dict[str, Any], name: str) -> str:
    """Whose question it is: text, or a whole number as text; empty where nobody is named. Raises Refused."""
    value = given.get(name, "")
    if isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return text_of(given, name)


def text_of(given: dict[str, Any], name: str) -> str:
    """The text under this name, empty where there is none. Raises Refused."""
    value = given.get(name, "")
    if isinstance(value, str):
        return value
    if value is None:
        return ""
    raise Refused(400, "invalid", f"{name} must be text.")


def least_of(given: dict[str, Any]) -> int:
    """The revision before which no answer is wanted, `min_version`; 0 where any will do. Raises Refused."""
    value = given.get("min_version")
    if value is None or value == "":
        return 0
    text = str(value) if type(value) is int else value
    if not isinstance(text, str) or not (text.isascii() and text.isdigit() and len(text) <= _DIGITS):
        raise Refused(400, "invalid", "min_version must be a revision, a whole number.")
    return int(text)


def staleness(store: Store) -> dict[str, str]:
    """A header that tells for how many seconds the database has not confirmed what answers."""
    seconds = store.unconfirmed_for()
    if seconds < STALE_AFTER:
        return {}
    return {STALE: "unconfirmed" if seconds == float("inf") else str(int(seconds))}
