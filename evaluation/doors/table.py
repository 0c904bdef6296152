"""Which door answers a path, whatever server carries the request; a new door is one line of DOORS."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter_ns

from evaluation.doors.decide import PATHS as DECIDE
from evaluation.doors.decide import decide
from evaluation.doors.evaluate import METHODS, PREFIXES, evaluate
from evaluation.doors.wire import MAX_BODY, Refused, Reply, Request, refusal
from evaluation.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """`answer` takes requests of these methods; it may raise Refused. How long decisions take is measured."""

    answer: Callable[[Request, Store], Reply]
    methods: tuple[str, ...]
    is_decision: bool = True


# A path that ends with a slash stands for everything below it. Trailing slashes of requests are taken off before.
DOORS: dict[str, Door] = {
    **dict.fromkeys(PREFIXES, Door(evaluate, METHODS)),
    **dict.fromkeys(DECIDE, Door(decide, METHODS)),
}


class Doors:
    """Finds the door of a path, and lets it answer from one store."""

    def __init__(self, store: Store, doors: Mapping[str, Door]) -> None:
        self._store = store
        self._at = {path: door for path, door in doors.items() if not path.endswith("/")}
        self._below = tuple((path, door) for path, door in doors.items() if path.endswith("/"))

    def find(self, path: str) -> Door | None:
        """The door of a path without trailing slash; None for one that is no decision."""
        for prefix, door in self._below:
            if path.startswith(prefix):
                return door
        return self._at.get(path)

    def answer(self, door: Door, request: Request) -> Reply:
        begun = perf_counter_ns()
        reply = self._answer(door, request)
        if door.is_decision:
            self._store.timed(perf_counter_ns() - begun)
        return reply

    def _answer(self, door: Door, request: Request) -> Reply:
        if request.method not in door.methods:
            allowed = ", ".join(door.methods)
            return refusal(405, "method_not_allowed", f"Use one of {allowed} here.", allow=allowed)
        try:
            return door.answer(request, self._store)
        except Refused as refused:
            return refused.reply
        except Exception:
            logger.exception("a decision failed")
            return refusal(500, "internal", "Something broke on our side; it was logged. Nothing was changed.")


def too_large() -> Reply:
    """The answer to a body over MAX_BODY."""
    return refusal(413, "too_large", f"The body is larger than {MAX_BODY:,} bytes.", connection="close")
