"""The experiments that run, with their assignments as the JSON that answers are put together from."""

from typing import Any

import orjson

from flagkit import running


class Running(running.Running):
    """The engine's, which SDKs evaluate too; each assignment is written once."""

    def write(self, assignment: dict[str, Any]) -> bytes:
        return orjson.dumps(assignment)
