"""Django inside the asynchronous server: a WSGI application behind a pool of threads.

Bodies are gathered by the event loop before a thread is taken, so that slow senders hold no thread, a body without a
declared length is read whole, and one that is too large, or whose sender left, is refused before anything looks at it.
"""

import asyncio
import io
import sys
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from evaluation.doors.asgi import Receive, Scope, Send, read_body, send_reply
from evaluation.doors.wire import refusal

_Response = tuple[int, list[tuple[bytes, bytes]], bytes]
_NAMES = {b"content-length": "CONTENT_LENGTH", b"content-type": "CONTENT_TYPE"}


class DjangoBridge:
    """Calls the WSGI application for every request it is given; `max_body` in bytes."""

    def __init__(self, application: Callable[..., Iterable[bytes]], *, threads: int, max_body: int) -> None:
        self._application = application
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="django")
        self._max_body = max_body

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        body = await read_body(scope, receive, self._max_body)
        if body is None:
            message = f"The body is larger than {self._max_body:,} bytes. Send less at a time."
            await send_reply(refusal(413, "too_large", message, connection="close"), scope, send)
            return
        loop = asyncio.get_running_loop()
        status, headers, content = await loop.run_in_executor(self._threads, self._respond, _environ(scope, body))
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    def _respond(self, environ: dict[str, Any]) -> _Response:
        started: list[tuple[int, list[tuple[bytes, bytes]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> None:
            named = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
            started[:] = [(int(status[:3]), named)]

        result = self._application(environ, start_response)
        try:
            content = b"".join(result)
        finally:
            getattr(result, "close", lambda: None)()
        return *started[0], content


def _environ(scope: Scope, body: bytes) -> dict[str, Any]:
    """The request in WSGI's words (PEP 3333): text is bytes in disguise, decoded as Latin-1."""
    host, port = scope.get("server") or ("localhost", 80)
    environ: dict[str, Any] = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": scope.get("root_path", ""),
        "PATH_INFO": scope["path"].encode().decode("latin-1"),
        "QUERY_STRING": scope["query_string"].decode("latin-1"),
        "SERVER_NAME": host,
        "SERVER_PORT": str(port or 0),
        "SERVER_PROTOCOL": f"HTTP/{scope['http_version']}",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": io.BytesIO(body),
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": True,
        "wsgi.run_once": False,
    }
    if scope.get("client"):
        environ["REMOTE_ADDR"] = scope["client"][0]
    for name, value in scope["headers"]:
        _add_header(environ, name, value.decode("latin-1"))
    if environ.pop("HTTP_TRANSFER_ENCODING", None):
        environ["CONTENT_LENGTH"] = str(len(body))
    return environ


def _add_header(environ: dict[str, Any], name: bytes, value: str) -> None:
    if b"_" in name:
        return  # X_Api_Key would pass for X-Api-Key
    key = _NAMES.get(name) or "HTTP_" + name.decode("latin-1").upper().replace("-", "_")
    joint = "; " if key == "HTTP_COOKIE" else ","
    environ[key] = environ[key] + joint + value if key in environ else value
