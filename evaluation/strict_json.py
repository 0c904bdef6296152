"""What we accept as JSON: UTF-8 without lone surrogates or NUL, no NaN, nested at most 32 deep."""

from typing import Any

import orjson

MAX_DEPTH = 32


class BadJSON(ValueError):
    """The text is not JSON that we accept; the message says what is wrong and where."""


def loads(text: bytes | str) -> Any:
    """Parse strictly. Raises BadJSON."""
    try:
        value = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise BadJSON(f"malformed JSON: {error}") from error
    raw = text if isinstance(text, bytes) else text.encode()
    if raw.count(b"{") + raw.count(b"[") > MAX_DEPTH or b"\\u0000" in raw:
        _inspect(value, MAX_DEPTH)
    return value


def _inspect(value: Any, depth: int) -> None:
    """Refuse what PostgreSQL could not store or a formatter could not walk."""
    if isinstance(value, str):
        if "\x00" in value:
            raise BadJSON("text must not contain the NUL character")
        return
    if not isinstance(value, dict | list):
        return
    if depth == 0:
        raise BadJSON(f"nested deeper than {MAX_DEPTH} levels")
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    for part in parts:
        _inspect(part, depth - 1)
