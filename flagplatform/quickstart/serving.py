"""The quickstart's server: one socket, one uvicorn in this process, and an end within seconds."""

import errno
import http.client
import logging
import os
import signal
import socket
import threading
import time
from collections.abc import Callable
from types import FrameType
from urllib.parse import urlsplit

import uvicorn

from evaluation.doors.hooks import DecisionProtocol

GRACE = 2  # seconds that requests get to finish once the server is told to stop
LIMIT = 4  # seconds after which the process ends, whatever a request still waits for


class PortTaken(Exception):
    """Somebody else listens there."""


class _Server(uvicorn.Server):
    """Told to stop, it ends with success within LIMIT; told twice, it does not wait for requests."""

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        if not self.should_exit:
            logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # requests that are cut off now are no errors
            end = threading.Timer(LIMIT, os._exit, [0])
            end.daemon = True
            end.start()
        self.force_exit = self.should_exit
        self.should_exit = True


def leave_when_told() -> None:
    """Until the server runs, and takes signals itself, Ctrl-C and SIGTERM end the process without a traceback."""
    for told in (signal.SIGINT, signal.SIGTERM):
        signal.signal(told, _leave)


def listen(host: str, port: int) -> socket.socket:
    """A socket that nobody else has. Raises PortTaken, and OSError where the host or the port cannot be used at all."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=2048)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise PortTaken from error
        raise


def serve(listening: socket.socket, *, once_ready: Callable[[], None]) -> None:
    """Serve until told to stop; `once_ready` runs beside it as soon as evaluations are answered."""
    config = uvicorn.Config(
        "flagplatform.asgi:application",
        http=DecisionProtocol,
        lifespan="on",
        log_config=None,  # Django's logging stands already
        access_log=False,
        proxy_headers=False,  # TRUSTED_PROXIES says whom to believe, for decisions and for everything else
        timeout_graceful_shutdown=GRACE,
    )
    threading.Thread(target=_when_ready, args=(url_of(listening), once_ready), daemon=True).start()
    _Server(config).run(sockets=[listening])


def url_of(listening: socket.socket) -> str:
    """Where a program on this machine reaches the socket."""
    host, port = listening.getsockname()[:2]
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def ask(url: str, path: str) -> tuple[int, str]:
    """Status and body of a GET; no proxy stands between."""
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    try:
        connection.request("GET", path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def _when_ready(url: str, once_ready: Callable[[], None]) -> None:
    while ask(url, "/readyz")[0] != http.HTTPStatus.OK:
        time.sleep(0.1)
    once_ready()


def _leave(*_: object) -> None:
    raise SystemExit(0)
