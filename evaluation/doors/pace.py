"""Whether one direction of a connection moves: who sends a request or takes an answer too slowly is cut off."""

import fcntl
import struct
import termios
from asyncio import AbstractEventLoop, TimerHandle, Transport
from collections.abc import Callable

WINDOW = 10.0  # seconds between two looks
LEAST = 10_000  # bytes that have to move in between, unless the whole has passed


class Pace:
    """One timer looks after many requests: beginning and ending cost it nothing.

    `moved` tells how many bytes have passed since it was last called, and `cut` ends the connection.
    """

    __slots__ = ("_cut", "_loop", "_moved", "_since", "_timer")

    def __init__(self, loop: AbstractEventLoop, moved: Callable[[], int], cut: Callable[[], None]) -> None:
        self._loop, self._moved, self._cut = loop, moved, cut
        self._since: float | None = None
        self._timer: TimerHandle | None = None

    def begin(self) -> None:
        """Something is under way from now on, if it was not before."""
        if self._since is None:
            self._moved()
            self._since = self._loop.time()
            self._wait(WINDOW)

    def end(self) -> None:
        """The whole has passed."""
        self._since = None

    def close(self) -> None:
        self._since = None
        if self._timer is not None:
            self._timer.cancel()

    def _wait(self, seconds: float) -> None:
        if self._timer is None:
            self._timer = self._loop.call_later(seconds, self._look)

    def _look(self) -> None:
        self._timer = None
        if self._since is None:
            return
        left = self._since + WINDOW - self._loop.time()
        if left > 0:
            self._wait(left)
        elif self._moved() < LEAST:
            self._cut()
        else:
            self._since = self._loop.time()
            self._wait(WINDOW)


def untaken(transport: Transport) -> int:
    """Bytes that were written and that the client has not taken yet, those in the kernel included.

    The kernel asks for more only when a third of its buffer is free, which takes a slow client longer than a window.
    """
    waiting = transport.get_write_buffer_size()
    try:
        line = transport.get_extra_info("socket").fileno()
        return waiting + int(struct.unpack("i", fcntl.ioctl(line, termios.TIOCOUTQ, b"\0" * 4))[0])
    except (OSError, AttributeError):  # a system that does not tell, or a connection that is gone
        return waiting
