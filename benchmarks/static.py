"""The server with one more address: a fixed answer of 150 bytes, the most that this kind of process can give."""

from evaluation.doors.asgi import Receive, Scope, Send, send_reply
from evaluation.doors.wire import Reply
from flagplatform.asgi import application as served

PATH = "/static-answer"
_REPLY = Reply(200, b'{"static":"' + b"x" * 137 + b'"}')


async def application(scope: Scope, receive: Receive, send: Send) -> None:
    if scope["type"] == "http" and scope["path"] == PATH:
        await send_reply(_REPLY, scope, send)
    else:
        await served(scope, receive, send)
