"""Which door answers a path, whatever server carries the request; a new door is one line of DOORS."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from time import perf_counter_ns

from evaluation.doors.decide import PATHS as DECIDE
from evaluation.doors.decide import decide
from evaluation.doors.entrance import Entrance
from evaluation.doors.evaluate import METHODS, PREFIXES, evaluate
from evaluation.doors.wire import MAX_BODY, Refused, Reply, Request, refusal
from evaluation.store import Store

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Door:
    """`answer` takes requests of these methods; it may raise Refused, and makes a new Reply for each.

    How long decisions take is measured, and who may ask for them is looked at before.
    """

    answer: Callable[[Request, Store], Reply]
    methods: tuple[str, ...]
    is_decision: bool = True


# A path that ends with a slash stands for everything below it. Trailing slashes of requests are taken off before.
DOORS: dict[str, Door] = {
    **dict.fromkeys(PREFIXES, Door(evaluate, METHODS)),
    **dict.fromkeys(DECIDE, Door(decide, METHODS)),
}


class Doors:
    """Finds the door of a path, and lets it answer from one store those whom the entrance lets through."""

    def __init__(self, store: Store, doors: Mapping[str, Door], entrance: Entrance | None = None) -> None:
        self._store = store
        self._entrance = entrance or Entrance(store)
        self._at = {path: door for path, door in doors.items() if not path.endswith("/")}
        self._below = tuple((path, door) for path, door in doors.items() if path.endswith("/"))

    def find(self, path: str) -> Door | None:
        """The door of a path without trailing slash; None for one that is no decision."""
        for prefix, door in self._below:
            if path.startswith(prefix):
                return door
        return self._at.get(path)

    def answer(self, door: Door, request: Request) -> Reply:
        if not door.is_decision:
            return self._answer(door, request)
        begun = perf_counter_ns()
        met, lines = self._entrance.meet(request, door.methods)
        reply = met.reply if isinstance(met, Refused) else met or self._answer(door, request)
        reply.lines = lines
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


def too_large(door: Door) -> Door:
    """What stands in for the door where the body is over MAX_BODY."""
    return replace(door, answer=_refuse_as_too_large)


def _refuse_as_too_large(request: Request, store: Store) -> Reply:
    return refusal(413, "too_large", f"The body is larger than {MAX_BODY:,} bytes.", connection="close")
