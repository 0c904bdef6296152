"""The doors for SDKs as a plain ASGI application: what they evaluate, and the announcements of changes."""

import asyncio
import re

from evaluation.doors import definitions, ofrep, ofrep_stream
from evaluation.doors.asgi import Receive, Scope, Send, request_of, send_reply
from evaluation.doors.entrance import Entrance
from evaluation.doors.stream import Stream, stream_of
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
        return _PATH.fullmatch(path) is not None or path.rstrip("/") == ofrep.STREAM

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        request = request_of(scope, scope["path"])
        is_ofrep = request.path.rstrip("/") == ofrep.STREAM
        if is_ofrep:
            ofrep_stream.introduce(request)
        methods = ("GET",) if is_ofrep or request.path.rstrip("/").endswith("/stream") else ("GET", "HEAD")
        met, lines = self._entrance.meet(request, methods)
        answer: Reply | Stream
        if isinstance(met, Refused):
            answer = ofrep.refuse(met, request) if is_ofrep else met.reply
        elif met is not None:
            answer = met
        else:
            answer = self._answer_ofrep(request, methods) if is_ofrep else await self._answer(request, methods)
        if isinstance(answer, Stream):
            await answer.run(receive, send, lines)
        else:
            answer.lines = lines
            await send_reply(answer, scope, send)

    async def _answer(self, request: Request, methods: tuple[str, ...]) -> Reply | Stream:
        found = _PATH.fullmatch(request.path)
        assert found, "ask what opens"
        environment, what = found.groups()
        try:
            _check_method(request.method, methods)
            if what == "stream":
                return self._open(stream_of(request, self._store, self._hub, environment))
            if what == "changes":
                return definitions.changes(request, self._store, environment=environment)
            # Megabytes of JSON and their digest: beside the event loop, so that evaluations do not wait for them.
            return await asyncio.to_thread(definitions.snapshot, request, self._store, environment=environment)
        except Refused as refused:
            return refused.reply

    def _answer_ofrep(self, request: Request, methods: tuple[str, ...]) -> Reply | Stream:
        try:
            _check_method(request.method, methods)
            return self._open(ofrep_stream.stream_of(request, self._store, self._hub))
        except Refused as refused:
            return ofrep.refuse(refused, request)

    def _open(self, stream: Stream) -> Stream:
        """The stream, where the process takes one more. Raises Refused."""
        if len(self._hub) >= self._most:
            message = "This process has as many streams as it takes. Poll, or try again later."
            raise Refused(503, "too_many_streams", message, retry_after="30")
        return stream


def _check_method(method: str, allowed: tuple[str, ...]) -> None:
    if method not in allowed:
        names = " or ".join(allowed)
        raise Refused(405, "method_not_allowed", f"Use {names} here.", allow=", ".join(allowed))
