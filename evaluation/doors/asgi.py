"""The decision doors as a plain ASGI application: path and method to door, body in, bytes out."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from evaluation.doors.entrance import Entrance
from evaluation.doors.table import DOORS, Door, Doors, too_large
from evaluation.doors.waiting import Waiting
from evaluation.doors.wire import MAX_BODY, Reply, Request, by_name, headers_of
from evaluation.store import Store

MET = "evaluation.met"  # in the scope of a request that the entrance has met already

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class ClientLeft(Exception):
    """The caller went away before the whole body was here: nothing is done with what there is of it."""


class DecisionDoors:
    """Answers the paths at which `doors` has one; `opens` says which those are."""

    def __init__(
        self, store: Store, doors: Mapping[str, Door | None] = DOORS, entrance: Entrance | None = None
    ) -> None:
        self.doors = Doors(store, doors, entrance)
        self._waiting = Waiting(store)

    def opens(self, path: str) -> bool:
        return self.doors.find(path.rstrip("/")) is not None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        path = scope["path"].rstrip("/")
        door = self.doors.find(path)
        assert door is not None, "ask what opens"
        request = request_of(scope, path)
        body = await read_body(scope, receive, MAX_BODY)
        await send_reply(await self._reply(door, request, body), scope, send)

    async def _reply(self, door: Door, request: Request, body: bytes | None) -> Reply:
        """The answer; `body` is None when it was larger than a door takes."""
        if body is None:
            return self.doors.answer(too_large(door), request)
        request.body = body
        return await self._waiting.answer(self.doors, door, request)


def request_of(scope: Scope, path: str) -> Request:
    """What a door is asked; the peer as the server names it, so it must not interpret proxies' headers itself."""
    client = scope.get("client")
    peer = client[0] if client else ""
    headers = by_name(scope["headers"])
    return Request(scope["method"], path, scope["query_string"], headers, peer=peer, met=scope.get(MET))


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes | None:
    """The whole body, however it is sent; None when it is larger than `limit` bytes. Raises ClientLeft."""
    declared: Mapping[bytes, bytes] = dict(scope["headers"])
    length = declared.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limit:
        return None
    body = bytearray()
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            raise ClientLeft
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def send_reply(reply: Reply, scope: Scope, send: Send) -> None:
    await send({"type": "http.response.start", "status": reply.status, "headers": headers_of(reply)})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})
