"""One connection of a test to a server, byte by byte."""

import socket
import time
from dataclasses import dataclass
from typing import Any, Self

import orjson


@dataclass(frozen=True)
class Answer:
    """The head's lines as they came, and the body."""

    lines: tuple[bytes, ...]
    body: bytes

    @property
    def status(self) -> int:
        return int(self.lines[0].split()[1])

    @property
    def headers(self) -> dict[bytes, bytes]:
        return dict(line.split(b": ", 1) for line in self.lines[1:])  # type: ignore[misc]

    @property
    def undated(self) -> tuple[tuple[bytes, ...], bytes]:
        """Everything but the hour."""
        return tuple(b"date" if line.startswith(b"date: ") else line for line in self.lines), self.body

    def json(self) -> Any:
        return orjson.loads(self.body)


class Wire:
    """A socket, and the answers that come out of it one after the other."""

    def __init__(self, port: int, *, timeout: float = 10, receives: int = 0) -> None:
        self.socket = socket.socket()
        if receives:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receives)
        self.socket.settimeout(timeout)
        self.socket.connect(("127.0.0.1", port))
        self._file = self.socket.makefile("rb")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        self.socket.close()

    def send(self, *parts: bytes, pause: float = 0) -> Self:
        """Send each part as a packet of its own."""
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for part in parts:
            self.socket.sendall(part)
            time.sleep(pause)
        return self

    def answer(self, *, has_body: bool = True) -> Answer:
        lines = list(iter(lambda: self._file.readline().rstrip(b"\r\n"), b""))
        found = Answer(tuple(lines), b"")
        length = int(found.headers.get(b"content-length", 0)) if has_body else 0
        return Answer(found.lines, self._file.read(length))

    def is_closed(self) -> bool:
        """Whether the server has closed the connection behind what was read; waits for it."""
        return self._file.read(1) == b""


def request(target: str, *lines: str, method: str = "GET", body: bytes = b"", version: str = "1.1") -> bytes:
    """A request as it is sent; a body is given its length."""
    length = [f"Content-Length: {len(body)}"] if body else []
    head = [f"{method} {target} HTTP/{version}", "Host: localhost", *length, *lines, "", ""]
    return "\r\n".join(head).encode("utf-8", "surrogateescape") + body
