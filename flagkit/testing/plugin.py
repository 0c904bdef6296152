"""A pytest plugin: `flag_overrides({"new-checkout": True})` holds until the end of the test."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from typing import Any

import pytest

from flagkit.testing import overrides


@pytest.fixture
def flag_overrides() -> Iterator[Callable[[Mapping[str, Any]], None]]:
    with ExitStack() as stack:
        yield lambda values: stack.enter_context(overrides(values))
