"""Server-sent events, read line by line: what a stream announces (epoch and revision), and when to come back."""

import json
from collections.abc import Iterable, Iterator

_LONGEST = 65_536
_DIGITS = 9


def positions(lines: Iterable[bytes]) -> Iterator[tuple[int, int] | None]:
    """Each announced position, and None for each line that is none: it says that the stream lives."""
    event, data = "", ""
    for raw in lines:
        line = raw[:_LONGEST].decode("utf-8", "replace").rstrip("\r\n")
        if not line:
            yield _position(event, data)
            event, data = "", ""
            continue
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        event = value if name == "event" else event
        data = (f"{data}\n{value}" if data else value)[:_LONGEST] if name == "data" else data
        yield None


def seconds_to_rest(line: bytes) -> float | None:
    """For how long the server wants to be left alone when the stream has ended; None for any other line."""
    name, _, value = line.partition(b":")
    milliseconds = value.strip()
    if name != b"retry" or not milliseconds.isdigit() or len(milliseconds) > _DIGITS:
        return None
    return int(milliseconds) / 1000


def _position(event: str, data: str) -> tuple[int, int] | None:
    if event != "revision":
        return None
    try:
        found = json.loads(data)
        return int(found.get("epoch", 0)), int(found["revision"])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
