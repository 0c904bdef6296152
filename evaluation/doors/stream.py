"""`GET /api/environments/{key}/stream`: announces revisions as server-sent events.

    event: revision
    id: 0.9
    data: {"environment":"staging","epoch":0,"revision":9}

The newest revision is sent at once, unless `Last-Event-ID` names it; then each new one, and a comment every 15 seconds.
Who reads slowly misses revisions in between, never the newest. Who does not take what was sent is cut off (`pace`).
"""

import asyncio
import functools
import random
from collections.abc import Callable

import orjson

from evaluation import positions
from evaluation.doors.access import definitions_for
from evaluation.doors.asgi import Receive, Send
from evaluation.doors.wire import Refused, Request, pairs_of
from evaluation.hub import Hub
from evaluation.snapshot import Position, Snapshot
from evaluation.store import Store

HEARTBEAT = 15.0  # seconds of silence before a comment is sent
PATIENCE = 10.0  # seconds that a message may wait for its reader
_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]
RETRY = (1_000, 4_000)  # milliseconds; each caller is told its own, so that those who are cut together return apart
_HEART = b": here\n\n"


class Shared:
    """Writes the message about a snapshot once, and hands the same bytes to everybody."""

    def __init__(self, written: Callable[[Snapshot], bytes]) -> None:
        self._written = written
        self._kept: dict[str, tuple[Position, bytes]] = {}  # by environment

    def __call__(self, snapshot: Snapshot) -> bytes:
        kept = self._kept.get(snapshot.address.id)
        if kept is None or kept[0] != snapshot.position:
            kept = self._kept[snapshot.address.id] = snapshot.position, self._written(snapshot)
        return kept[1]


class Stream:
    """One caller's stream; it ends when the caller leaves, may no longer read, does not read, or the hub closes.

    `find` gives the snapshot that the caller may be told of, and raises Refused where there is none any more; `tell`
    is the message about a snapshot; `has` is what the caller was told before.
    """

    def __init__(
        self,
        store: Store,
        hub: Hub,
        find: Callable[[], Snapshot],
        tell: Callable[[Snapshot], bytes],
        *,
        has: Position,
    ) -> None:
        """Raises Refused."""
        self._store, self._hub, self._find, self._tell, self._has = store, hub, find, tell, has
        self._id = find().address.id
        self._left = False

    async def run(self, receive: Receive, send: Send, lines: bytes = b"") -> None:
        """Send what is new until the end; `lines` are further headers."""
        listener = self._hub.join(self._id)
        watch = asyncio.ensure_future(self._watch(receive, listener))
        try:
            await send({"type": "http.response.start", "status": 200, "headers": [*_HEADERS, *pairs_of(lines)]})
            await self._write(send, listener)
        except TimeoutError:
            return  # the server cuts a response that was not completed
        finally:
            watch.cancel()
            self._hub.leave(self._id, listener)

    async def _write(self, send: Send, listener: asyncio.Event) -> None:
        message: bytes | None = b"retry: %d\n: welcome\n\n" % random.randint(*RETRY)  # noqa: S311 - keeps no secret
        while message is not None:
            if message:
                async with asyncio.timeout(PATIENCE):
                    await send({"type": "http.response.body", "body": message, "more_body": True})
            message = self._news() or await self._wait(listener)
        async with asyncio.timeout(PATIENCE):
            await send({"type": "http.response.body", "body": b""})

    async def _wait(self, listener: asyncio.Event) -> bytes | None:
        """What to send after a while of silence: a heartbeat, nothing yet (empty), or None for the end."""
        try:
            async with asyncio.timeout(HEARTBEAT):
                await listener.wait()
        except TimeoutError:
            return _HEART if self._goes_on() else None
        listener.clear()
        return b"" if self._goes_on() else None

    def _goes_on(self) -> bool:
        """Whether there is somebody to tell, who may still be told."""
        if self._left or not self._hub.is_open:
            return False
        try:
            return self._find().address.id == self._id
        except Refused:
            return False

    def _news(self) -> bytes:
        """The newest revision if it was not sent yet, else nothing."""
        snapshot = self._store.get(self._id)
        if snapshot is None or snapshot.position <= self._has:
            return b""
        self._has = snapshot.position
        return self._tell(snapshot)

    async def _watch(self, receive: Receive, listener: asyncio.Event) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._left = True
        listener.set()


def stream_of(request: Request, store: Store, hub: Hub, environment: str) -> Stream:
    """The stream that the request may have. Raises Refused."""
    last = request.headers.get(b"last-event-id", b"").decode("latin-1")
    find = functools.partial(definitions_for, request, store, environment=environment)
    return Stream(store, hub, find, _revision, has=positions.read(last))


def _written(snapshot: Snapshot) -> bytes:
    told = {"environment": snapshot.address.key, "epoch": snapshot.epoch, "revision": snapshot.revision}
    return b"event: revision\nid: %b\ndata: %b\n\n" % (positions.write(snapshot.position).encode(), orjson.dumps(told))


_revision = Shared(_written)
