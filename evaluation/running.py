"""The experiments that run, with their assignments as the JSON that answers are put together from."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any

import orjson

from flagkit import running


class Running(running.Running):
    """The engine's, which SDKs evaluate too; each assignment is written once."""

    def write(self, assignment: dict[str, Any]) -> bytes:
        return orjson.dumps(assignment)

    @cached_property
    def names(self) -> Mapping[bytes, tuple[str, str]]:
        """Experiment and variant of each assignment that answers are put together from."""
        return {written: name for name, written in self._written.items()}
