"""Server-sent events, read line by line: the positions (epoch and revision) that a stream announces."""

import json
from collections.abc import Iterable, Iterator

_LONGEST = 65_536


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


def _position(event: str, data: str) -> tuple[int, int] | None:
    if event != "revision":
        return None
    try:
        found = json.loads(data)
        return int(found.get("epoch", 0)), int(found["revision"])
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError, RecursionError):
        return None
