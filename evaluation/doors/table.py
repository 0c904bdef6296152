"""Which door answers a path, whatever server carries the request; a new door is one line of DOORS."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import inf
from time import perf_counter_ns

from evaluation.again import Kept, Question
from evaluation.doors import ofrep
from evaluation.doors.access import key_hash_of
from evaluation.doors.asking import STALE, STALE_AFTER
from evaluation.doors.decide import PATHS as DECIDE
from evaluation.doors.decide import decide
from evaluation.doors.entrance import Entrance
from evaluation.doors.evaluate import METHODS, PREFIXES, evaluate
from evaluation.doors.heads import Heads
from evaluation.doors.wire import MAX_BODY, Refused, Reply, Request
from evaluation.store import Store

logger = logging.getLogger(__name__)

_SHORT = 4_096  # bytes of a question whose answer may be kept


def _in_the_apis_shape(refused: Refused, _: Request) -> Reply:
    return refused.reply


@dataclass(frozen=True, slots=True)
class Door:
    """`answer` takes requests of these methods (None: of any), may raise Refused, and makes a new Reply for each.

    `refuse` writes every refusal in the shape of the door's protocol. Decisions are timed, and who may ask for them is
    looked at before.
    """

    answer: Callable[[Request, Store], Reply]
    methods: tuple[str, ...] | None
    is_decision: bool = True
    refuse: Callable[[Refused, Request], Reply] = _in_the_apis_shape


_NOTHING = Door(ofrep.nothing, None, is_decision=False, refuse=ofrep.refuse)

# A path that ends with a slash stands for everything below it that has no line of its own; None is no decision.
# Trailing slashes of requests are taken off before.
DOORS: dict[str, Door | None] = {
    **dict.fromkeys(PREFIXES, Door(evaluate, METHODS)),
    **dict.fromkeys(DECIDE, Door(decide, METHODS)),
    ofrep.ALL: Door(ofrep.evaluate_all, ("POST",), refuse=ofrep.refuse),
    ofrep.ONE: Door(ofrep.evaluate_one, ("POST",), refuse=ofrep.refuse),
    ofrep.STREAM: None,
    ofrep.ROOT: _NOTHING,
    ofrep.BELOW: _NOTHING,
}


class Doors:
    """Finds the door of a path, and lets it answer from one store those whom the entrance lets through."""

    def __init__(self, store: Store, doors: Mapping[str, Door | None], entrance: Entrance | None = None) -> None:
        self._store = store
        self._entrance = entrance or Entrance(store)
        self._at = {path: door for path, door in doors.items() if not path.endswith("/")}
        self.heads = Heads(self.find)
        self._below = tuple((path, door) for path, door in doors.items() if path.endswith("/"))

    def find(self, path: str) -> Door | None:
        """The door of a path without trailing slash; None for one that is no decision."""
        if path in self._at:
            return self._at[path]
        for prefix, door in self._below:
            if path.startswith(prefix):
                return door
        return None

    def answer(self, door: Door, request: Request) -> Reply:
        if not door.is_decision:
            return self._answer(door, request)
        begun = perf_counter_ns()
        if request.met is None:
            request.met = self._entrance.meet(request, door.methods or ())
        met, lines = request.met
        reply = door.refuse(met, request) if isinstance(met, Refused) else met or self._again(door, request)
        reply.lines = lines
        self._store.timed(perf_counter_ns() - begun)
        return reply

    def _again(self, door: Door, request: Request) -> Reply:
        """The answer that was given to the same question before, else a new one."""
        store, again = self._store, self._store.again
        question = _question_with_body(request) if request.body else request.bodyless
        if question is None:
            return self._answer(door, request)
        kept = again.find(question)
        if kept is not None and store.serves(kept.lasting.snapshot) and store.unconfirmed_for() < STALE_AFTER:
            return _given(kept)
        request.is_repeated = not request.body or again.is_repeated(question)
        reply = self._answer(door, request)
        if reply.lasting is not None and not reply.patience and STALE not in reply.headers:
            until = min(reply.lasting.until, _good_until(request, store))
            again.keep(question, Kept(reply.status, reply.body, reply.headers, reply.lasting, until))
        return reply

    def _answer(self, door: Door, request: Request) -> Reply:
        try:
            if door.methods is not None and request.method not in door.methods:
                raise _wrong_method(door.methods)
            return door.answer(request, self._store)
        except Refused as refused:
            reply = door.refuse(refused, request)
            reply.patience = refused.patience
            return reply
        except Exception:
            logger.exception("a decision failed")
            message = "Something broke on our side; it was logged. Nothing was changed."
            return door.refuse(Refused(500, "internal", message), request)


def _question_with_body(request: Request) -> Question | None:
    """None where it is too long to be kept."""
    tag = request.headers.get(b"if-none-match", b"")
    if len(request.path) + len(request.query) + len(request.body) + len(tag) > _SHORT:
        return None
    key_hash_of(request)
    return request.question()


def _good_until(request: Request, store: Store) -> float:
    """When the API key that is shown expires; it may have done so since it was looked at."""
    key_hash = key_hash_of(request)
    key = None if key_hash is None else store.key(key_hash)
    return inf if key is None or key.expires_at is None else key.expires_at


def _given(kept: Kept) -> Reply:
    kept.lasting.count()
    return Reply(kept.status, kept.body, kept.headers)


def too_large(door: Door) -> Door:
    """What stands in for the door where the body is over MAX_BODY."""
    return replace(door, answer=_refuse_as_too_large)


def _refuse_as_too_large(request: Request, store: Store) -> Reply:
    """Raises Refused."""
    raise Refused(413, "too_large", f"The body is larger than {MAX_BODY:,} bytes.", connection="close")


def _wrong_method(methods: tuple[str, ...]) -> Refused:
    allowed = ", ".join(methods)
    use = f"one of {allowed}" if len(methods) > 1 else allowed
    return Refused(405, "method_not_allowed", f"Use {use} here.", allow=allowed)
