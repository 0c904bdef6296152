"""`POST /api/events`: exposures and metric events, answered when they are durable.

    {"accepted": 1, "duplicates": 1, "rejected": 1, "results": [
        {"event_id": "…", "status": "accepted"}, {"event_id": "…", "status": "duplicate"},
        {"event_id": "…", "status": "rejected", "code": "unknown_experiment", "message": "…"}]}

The results stand in the order of the events; one that cannot be taken costs no other. Who sends shows an API key, or a
person's access token and names the environment.
"""

import asyncio
import functools
import logging
import random
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import orjson

from evaluation.doors import event_bodies
from evaluation.doors.access import key_hash_of, owner_of_key
from evaluation.doors.asgi import ClientLeft, Receive, Scope, Send, read_body, request_of, send_reply
from evaluation.doors.entrance import Entrance
from evaluation.doors.event_bodies import MAX_BODY, Brought
from evaluation.doors.wire import Refused, Reply, Request
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from experiments.events.intake import PushedBack
from experiments.events.items import Rejected
from experiments.events.keeping import ACCEPTED, DUPLICATE, NotKept
from experiments.events.reception import Receipt, Reception, Told

logger = logging.getLogger(__name__)

PATHS = ("/api/events", "/events")
METHODS = ("POST",)
SOON = (1, 4)  # seconds in which to come again; each caller is told its own, so that they do not return together
_LARGE = 32 * 1024  # bytes that take the event loop too long to parse

_Given = TypeVar("_Given")
_Made = TypeVar("_Made")
Admission = Callable[[str, str, str], str]  # access token, project and environment to the environment's id


class EventsDoor:
    """Answers the paths that it `opens`. `admit` says whether a person may send events, and raises Refused."""

    def __init__(
        self, store: Store, reception: Reception, *, admit: Admission, entrance: Entrance | None = None
    ) -> None:
        self._store, self._reception, self._admit = store, reception, admit
        self._entrance = entrance or Entrance(store)
        self._threads = ThreadPoolExecutor(2, thread_name_prefix="events-door")

    def opens(self, path: str) -> bool:
        return path.rstrip("/") in PATHS

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope, scope["path"].rstrip("/"))
        met, lines = self._entrance.meet(request, METHODS)
        try:
            if isinstance(met, Refused):
                raise met
            reply = met or await self._answer(request, scope, receive)
        except Refused as refused:
            reply = refused.reply
        except ClientLeft:
            raise
        except Exception:
            logger.exception("events could not be received")
            message = "Something broke on our side; it was logged. Send these events again, with the same ids."
            reply = Refused(500, "internal", message).reply
        reply.lines = lines
        await send_reply(reply, scope, send)

    async def _answer(self, request: Request, scope: Scope, receive: Receive) -> Reply:
        if request.method not in METHODS:
            raise Refused(405, "method_not_allowed", "Use POST here.", allow="POST")
        owner = self._owner(request)
        body = await read_body(scope, receive, MAX_BODY)
        if body is None:
            raise event_bodies.too_large()
        brought = await self._beside(len(body) > _LARGE, event_bodies.read_body, body)
        if owner is None:
            environment_id = await self._persons_environment(request, brought)
        else:
            environment_id = self._keys_environment(owner, brought)
        receipt = Receipt(environment_id, time.time_ns() // 1_000, brought.is_plain)
        try:
            told = await self._reception.receive(brought.events, receipt)
        except (PushedBack, NotKept) as error:
            message = "Events come in faster than they can be stored. Send these again, with the same ids."
            raise Refused(503, "not_kept", message, retry_after=_soon()) from error
        return await self._beside(len(body) > _LARGE, _reply, told)

    async def _beside(self, is_long: bool, work: Callable[[_Given], _Made], given: _Given) -> _Made:
        """Do it in a thread where it takes long, so that evaluations do not wait for it."""
        if not is_long:
            return work(given)
        return await asyncio.get_running_loop().run_in_executor(self._threads, work, given)

    def _owner(self, request: Request) -> Snapshot | None:
        """The environment of the API key that is shown; None where it is a person who asks. Raises Refused."""
        if key_hash_of(request) is None and _token_of(request):
            return None
        if key_hash_of(request) is None:
            raise Refused(401, "key_missing", "Events are taken only with an API key: send it as X-API-Key.")
        snapshot, _ = owner_of_key(request, self._store)
        return snapshot

    def _keys_environment(self, owner: Snapshot, brought: Brought) -> str:
        """Raises Refused where another environment is named than that of the key."""
        if not brought.environment:
            return owner.address.id
        named = self._store.find(brought.project or owner.address.project, brought.environment)
        if named is None or named.address.id != owner.address.id:
            raise Refused(403, "wrong_environment", "This API key belongs to another environment.")
        return owner.address.id

    async def _persons_environment(self, request: Request, brought: Brought) -> str:
        parameters = request.parameters()
        environment = parameters.get("environment_key") or brought.environment
        if not environment:
            raise Refused(400, "environment_missing", "Name the environment with environment_key.")
        project = parameters.get("project") or brought.project
        admit = functools.partial(self._admit, _token_of(request), project, environment)
        return await asyncio.get_running_loop().run_in_executor(self._threads, admit)


def _token_of(request: Request) -> str:
    """The access token that is shown; empty where none is."""
    scheme, _, token = request.headers.get(b"authorization", b"").partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def _reply(told: list[Told]) -> Reply:
    verdicts = [verdict for _, verdict in told]
    accepted, duplicates = verdicts.count(ACCEPTED), verdicts.count(DUPLICATE)
    body = {
        "accepted": accepted,
        "duplicates": duplicates,
        "rejected": len(told) - accepted - duplicates,
        "results": [_result(event_id, verdict) for event_id, verdict in told],
    }
    return Reply(202, orjson.dumps(body))


def _result(event_id: str | None, verdict: str | Rejected) -> dict[str, Any]:
    if isinstance(verdict, Rejected):
        return {"event_id": event_id, "status": "rejected", "code": verdict.code, "message": verdict.message}
    return {"event_id": event_id, "status": verdict}


def _soon() -> str:
    return str(random.randint(*SOON))  # noqa: S311 - spreads callers
