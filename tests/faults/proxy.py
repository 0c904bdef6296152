"""A TCP proxy on the loopback that a test can make slow, deaf, dead, or a liar, while connections stand."""

import contextlib
import socket
import struct
import threading
import time
from collections.abc import Callable

Alter = Callable[[bytes], bytes]
_RESET = struct.pack("ii", 1, 0)  # SO_LINGER: closing tells the peer at once that the connection is gone


class Proxy:
    """Forwards `port` to `target`. `up` is what clients send, `down` what the server answers."""

    def __init__(self, target: int) -> None:
        self.delay = 0.0  # seconds that every chunk waits
        self.alter_up: Alter | None = None
        self.alter_down: Alter | None = None
        self.passed_up = 0
        self._target = target
        self._left: int | None = None
        self._is_dead = False
        self._flowing = threading.Event()
        self._flowing.set()
        self._open: set[socket.socket] = set()
        self._pairs: dict[socket.socket, socket.socket] = {}
        self._forgotten: set[socket.socket] = set()
        self._listening = socket.create_server(("127.0.0.1", 0), backlog=1024)
        self.port: int = self._listening.getsockname()[1]
        self._spawn(self._accept)

    def hang(self) -> None:
        """Connections stand and are accepted, and nothing passes."""
        self._flowing.clear()

    def die(self) -> None:
        """Every connection is reset, now and when it is made."""
        self._is_dead = True
        self.reset()

    def heal(self) -> None:
        self.delay, self.alter_up, self.alter_down, self._left, self._is_dead = 0.0, None, None, None, False
        self._flowing.set()

    def cut_after(self, size: int) -> None:
        """Let `size` more bytes up, then reset every connection, once."""
        self._left = size

    def reset(self) -> None:
        for each in list(self._open):
            self._close(each)

    def forget(self) -> None:
        """The servers see their connections end; the clients hear nothing ever again."""
        for client, server in list(self._pairs.items()):
            self._forgotten.add(client)
            self._close(server)

    def close(self) -> None:
        self._is_dead = True
        self._listening.close()
        self._flowing.set()
        self.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listening.accept()
            except OSError:
                return
            self._spawn(self._join, client)

    def _join(self, client: socket.socket) -> None:
        self._open.add(client)
        if self._is_dead:
            self._close(client)
            return
        try:
            server = socket.create_connection(("127.0.0.1", self._target), timeout=5)
        except OSError:
            self._close(client)
            return
        server.settimeout(None)
        self._open.add(server)
        self._pairs[client] = server
        self._spawn(self._pump, client, server, True)
        self._pump(server, client, False)

    def _pump(self, source: socket.socket, sink: socket.socket, is_up: bool) -> None:
        with contextlib.suppress(OSError):
            while chunk := source.recv(65_536):
                self._flowing.wait()
                time.sleep(self.delay)
                alter = self.alter_up if is_up else self.alter_down
                sink.sendall(self._within(chunk) if is_up else (alter or bytes)(chunk))
        for each in {source, sink} - self._forgotten:
            self._close(each)

    def _within(self, chunk: bytes) -> bytes:
        """What may still go up; with the last byte of what was left, everything is cut."""
        chunk = self.alter_up(chunk) if self.alter_up else chunk
        self.passed_up += len(chunk)
        if self._left is None:
            return chunk
        self._left -= len(chunk)
        if self._left > 0:
            return chunk
        allowed = chunk[: len(chunk) + self._left]
        self._left = None
        threading.Timer(0.005, self.reset).start()  # once what was allowed is on its way
        return allowed

    def _close(self, each: socket.socket) -> None:
        self._open.discard(each)
        self._pairs.pop(each, None)
        with contextlib.suppress(OSError):
            each.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            each.shutdown(socket.SHUT_RDWR)
        each.close()

    def _spawn(self, work: Callable[..., None], *arguments: object) -> None:
        threading.Thread(target=work, args=arguments, daemon=True).start()
