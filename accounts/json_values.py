"""Which JSON values can be stored, served and read back unchanged, whatever the database and the reader."""

import json
from typing import Any

MAX_DEPTH = 32
MAX_NUMBER = 2**53 - 1  # beyond it readers lose digits (RFC 7493, section 2.2), and PostgreSQL makes integers of floats


def problem_with(value: Any, *, depth: int = MAX_DEPTH) -> str | None:
    """The sentence that says why this value cannot be kept, None when it can."""
    if value is None or isinstance(value, bool):
        return None
    if isinstance(value, str):
        return problem_with_text(value)
    if isinstance(value, int | float):
        return _problem_with_number(value)
    if not isinstance(value, dict | list):
        return "This is not a JSON value."
    if depth == 0:
        return f"JSON must not be nested deeper than {MAX_DEPTH} levels."
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return next((problem for part in parts if (problem := problem_with(part, depth=depth - 1))), None)


def problem_with_text(text: str) -> str | None:
    if "\x00" in text:
        return "Text must not contain the NUL character."
    try:
        text.encode()
    except UnicodeEncodeError:
        return "Text must not contain half of a surrogate pair."
    return None


def same(one: Any, other: Any) -> bool:
    """Equal as JSON: True is not 1, and 1 is not 1.0, although Python says so."""
    return json.dumps(one, sort_keys=True) == json.dumps(other, sort_keys=True)


def _problem_with_number(number: float) -> str | None:
    if abs(number) <= MAX_NUMBER:
        return None
    return f"Numbers must lie between -{MAX_NUMBER:,} and {MAX_NUMBER:,}."
