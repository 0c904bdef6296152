"""A TCP line between clients and a server that tests cut, silence, and lead elsewhere."""

import contextlib
import socket
import threading
from collections.abc import Callable
from typing import Self


class Line:
    """Listens on a port of its own and carries bytes to the server's port and back."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.is_silent = False
        self.refuses: bytes = b""  # connections that ask with this in their bytes are cut
        self.alters: tuple[bytes, bytes] = (b"", b"")  # what is read in answers, and what goes on in its place
        self.answers: list[bytes] = []  # the first line of each
        self._open: list[socket.socket] = []
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._listening.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self.cut()

    def lead_nowhere(self) -> None:
        """As if there was no server any more."""
        self.refuses = b"GET"
        self.cut()

    def cut(self) -> None:
        """End every connection that is open now."""
        for end in self._open:
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._open.clear()

    def _accept(self) -> None:
        while True:
            try:
                near, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(near,), daemon=True).start()

    def _carry(self, near: socket.socket) -> None:
        try:
            far = socket.create_connection(("127.0.0.1", self.port), timeout=5)
            far.settimeout(None)
        except OSError:
            near.close()
            return
        self._open += [near, far]
        threading.Thread(target=self._pump, args=(far, near, self._answered), daemon=True).start()
        self._pump(near, far, self._asked)

    def _asked(self, data: bytes) -> bytes:
        if self.refuses and self.refuses in data:
            raise ConnectionAbortedError
        return data

    def _answered(self, data: bytes) -> bytes:
        if data.startswith(b"HTTP/1.1 "):
            self.answers.append(data.partition(b"\r\n")[0])
        return data.replace(*self.alters) if self.alters[0] else data

    def _pump(self, source: socket.socket, target: socket.socket, look: Callable[[bytes], bytes]) -> None:
        with contextlib.suppress(OSError):
            while data := source.recv(65_536):
                if not self.is_silent:
                    target.sendall(look(data))
        for end in (source, target):
            with contextlib.suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
