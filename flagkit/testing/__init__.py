"""For tests of programs that use flagkit: values set by hand and events to read, for every client of the process.

    with overrides({"new-checkout": True, "colour": "red"}):
        …

    with recorded() as events:
        …
    assert [event["name"] for event in events] == ["bought"]

Blocks may be nested; inner values count. Clients without a server come from `Client.from_documents` and `from_file`;
what they would have sent is in `client.tracked`.
With `pytest_plugins = ["flagkit.testing.plugin"]` the fixture `flag_overrides` does the same for one test.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flagkit.client import overriding
from flagkit.client.events import recording


@contextmanager
def overrides(values: Mapping[str, Any]) -> Iterator[None]:
    """These flags have these values until the end of the block; known and unknown ones, for every subject."""
    before = overriding.put({**overriding.values, **values})
    try:
        yield
    finally:
        overriding.put(before)


@contextmanager
def recorded() -> Iterator[list[dict[str, Any]]]:
    """The events of all clients until the end of the block, in the server's form; none of them is sent."""
    events: list[dict[str, Any]] = []
    before = recording.put(events)
    try:
        yield events
    finally:
        recording.put(before)
