"""For tests of programs that use flagkit: values set by hand, for every client of the process.

    with overrides({"new-checkout": True, "colour": "red"}):
        …

Blocks may be nested; inner values count. Clients without a server come from `Client.from_documents` and `from_file`.
With `pytest_plugins = ["flagkit.testing.plugin"]` the fixture `flag_overrides` does the same for one test.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from flagkit.client import overriding


@contextmanager
def overrides(values: Mapping[str, Any]) -> Iterator[None]:
    """These flags have these values until the end of the block; known and unknown ones, for every subject."""
    before = overriding.put({**overriding.values, **values})
    try:
        yield
    finally:
        overriding.put(before)
