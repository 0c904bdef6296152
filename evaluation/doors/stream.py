"""`GET /api/environments/{key}/stream`: announces revisions as server-sent events.

    event: revision
    id: 0.9
    data: {"environment":"staging","epoch":0,"revision":9}

The newest revision is sent at once, unless `Last-Event-ID` names it; then each new one, and a comment every 15 seconds.
Who reads slowly misses revisions in between, never the newest, and is cut off when nothing at all is read.
"""

import asyncio

import orjson

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
_LONGEST_ID = 40
_OPENING = b"retry: 2000\n: welcome\n\n"
_HEART = b": here\n\n"
_messages: dict[str, tuple[Position, bytes]] = {}  # by environment: everybody is sent the same bytes


class Stream:
    """One caller's stream; it ends when the caller leaves, may no longer read, does not read, or the hub closes."""

    def __init__(self, request: Request, store: Store, hub: Hub, environment: str) -> None:
        """Raises Refused."""
        self._request, self._store, self._hub, self._environment = request, store, hub, environment
        self._has = _position(request.headers.get(b"last-event-id", b""))
        self._id = self._snapshot().address.id
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
        message: bytes | None = _OPENING
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
            return self._snapshot().address.id == self._id
        except Refused:
            return False

    def _news(self) -> bytes:
        """The newest revision if it was not sent yet, else nothing."""
        snapshot = self._store.get(self._id)
        if snapshot is None or snapshot.position <= self._has:
            return b""
        self._has = snapshot.position
        return message_of(snapshot)

    def _snapshot(self) -> Snapshot:
        return definitions_for(self._request, self._store, environment=self._environment)

    async def _watch(self, receive: Receive, listener: asyncio.Event) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self._left = True
        listener.set()


def message_of(snapshot: Snapshot) -> bytes:
    address, position = snapshot.address, snapshot.position
    kept = _messages.get(address.id)
    if kept is None or kept[0] != position:
        data = orjson.dumps({"environment": address.key, "epoch": snapshot.epoch, "revision": snapshot.revision})
        kept = _messages[address.id] = position, b"event: revision\nid: %d.%d\ndata: %s\n\n" % (*position, data)
    return kept[1]


def _position(given: bytes) -> Position:
    """The epoch and revision that the caller had last; before all others for none, or for what is no such id."""
    epoch, _, revision = given.partition(b".")
    is_one = epoch.isdigit() and revision.isdigit() and len(given) <= _LONGEST_ID
    return (int(epoch), int(revision)) if is_one else (-1, -1)
