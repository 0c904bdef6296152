"""The decision doors as a plain ASGI application: path and method to door, body in, bytes out."""

from collections.abc import Awaitable, Callable, Mapping, MutableMapping
from typing import Any

from evaluation.doors import evaluate
from evaluation.doors.wire import MAX_BODY, Refused, Reply, Request, refusal
from evaluation.store import Store

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]


class DecisionDoors:
    """Answers what starts with a door's prefix; `opens` says which paths those are."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def opens(self, path: str) -> bool:
        return path.startswith(evaluate.PREFIXES)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive, MAX_BODY)
        await send_reply(self.reply(scope, body), scope, send)

    def reply(self, scope: Scope, body: bytes | None) -> Reply:
        """The answer to one request; `body` is None when it was larger than a door takes."""
        if body is None:
            return refusal(413, "too_large", f"The body is larger than {MAX_BODY:,} bytes.", connection="close")
        if scope["method"] not in evaluate.METHODS:
            allowed = ", ".join(evaluate.METHODS)
            return refusal(405, "method_not_allowed", f"Use one of {allowed} here.", allow=allowed)
        path = scope["path"].rstrip("/")
        try:
            return evaluate.evaluate(
                Request(scope["method"], path, scope["query_string"], dict(scope["headers"]), body), self._store
            )
        except Refused as refused:
            return refused.reply


async def read_body(scope: Scope, receive: Receive, limit: int) -> bytes | None:
    """The whole body, however it is sent; None when it is larger than `limit` bytes."""
    declared: Mapping[bytes, bytes] = dict(scope["headers"])
    length = declared.get(b"content-length", b"0")
    if length.isdigit() and int(length) > limit:
        return None
    body = bytearray()
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > limit:
            return None
        if not message.get("more_body"):
            return bytes(body)


async def send_reply(reply: Reply, scope: Scope, send: Send) -> None:
    headers = [
        (b"content-type", b"application/json"),
        (b"content-length", b"%d" % len(reply.body)),
        (b"cache-control", b"no-store"),
        *((name.encode(), value.encode()) for name, value in reply.headers.items()),
    ]
    await send({"type": "http.response.start", "status": reply.status, "headers": headers})
    await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else reply.body})
