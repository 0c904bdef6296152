"""The doors for SDKs as a plain ASGI application: what they evaluate, and the announcement of changes."""

import asyncio
import re

from evaluation.doors import definitions
from evaluation.doors.asgi import Receive, Scope, Send, request_of, send_reply
from evaluation.doors.entrance import Entrance
from evaluation.doors.stream import Stream
from evaluation.doors.wire import Refused, Reply, Request
from evaluation.hub import Hub
from evaluation.store import Store

_PATH = re.compile(r"(?:/api)?/environments/([^/]+)/(snapshot|changes|stream)/?")


class DeliveryDoors:
    """Answers the paths that it `opens`, to at most `most` streams at a time; they end as soon as it is closed."""

    def __init__(self, store: Store, *, most: int, entrance: Entrance | None = None) -> None:
        self._store = store
        self._entrance = entrance or Entrance(store)
        self._most = most
        self._hub = Hub(store)
        self.open = self._hub.open
        self.close = self._hub.close
        self.close_soon = self._hub.close_soon

    def opens(self, path: str) -> bool:
        return _PATH.fullmatch(path) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        found = _PATH.fullmatch(scope["path"])
        assert found, "ask what opens"
        environment, what = found.groups()
        request, methods = request_of(scope, scope["path"]), ("GET",) if what == "stream" else ("GET", "HEAD")
        met, lines = self._entrance.meet(request, methods)
        refused = met.reply if isinstance(met, Refused) else met
        answer = refused or await self._answer(request, environment, what, methods)
        if isinstance(answer, Stream):
            await answer.run(receive, send, lines)
        else:
            answer.lines = lines
            await send_reply(answer, scope, send)

    async def _answer(self, request: Request, environment: str, what: str, methods: tuple[str, ...]) -> Reply | Stream:
        try:
            _check_method(request.method, methods)
            if what == "stream":
                return self._stream(request, environment)
            if what == "changes":
                return definitions.changes(request, self._store, environment=environment)
            # Megabytes of JSON and their digest: beside the event loop, so that evaluations do not wait for them.
            return await asyncio.to_thread(definitions.snapshot, request, self._store, environment=environment)
        except Refused as refused:
            return refused.reply

    def _stream(self, request: Request, environment: str) -> Stream:
        stream = Stream(request, self._store, self._hub, environment)
        if len(self._hub) >= self._most:
            message = "This process has as many streams as it takes. Poll, or try again later."
            raise Refused(503, "too_many_streams", message, retry_after="30")
        return stream


def _check_method(method: str, allowed: tuple[str, ...]) -> None:
    if method not in allowed:
        names = " or ".join(allowed)
        raise Refused(405, "method_not_allowed", f"Use {names} here.", allow=", ".join(allowed))
