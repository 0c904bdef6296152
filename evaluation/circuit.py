"""Whether to ask a server at all that has just failed several times in a row.

Closed: every call is made. After LIMIT failures in a row it is open: no call is made, so that a server that hangs costs
nobody its deadline. After each PAUSE one call is let through (half open); its success closes the circuit again.
"""

import threading
import time
from collections.abc import Callable
from enum import StrEnum

LIMIT = 3  # failures in a row
PAUSE = 2.0  # seconds between two attempts while open


class State(StrEnum):
    CLOSED = "closed"
    OPEN = "open"
    HALF_OPEN = "half_open"


class Circuit:
    """Shared by all threads of a process; `openings` counts how often it opened."""

    def __init__(
        self, *, limit: int = LIMIT, pause: float = PAUSE, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self.openings = 0
        self._clock = clock
        self._limit = limit
        self._pause = pause
        self._changing = threading.Lock()
        self._failures = 0
        self._attempt_at = 0.0
        self._is_trying = False

    @property
    def state(self) -> State:
        if self._failures < self._limit:
            return State.CLOSED
        return State.HALF_OPEN if self._is_trying else State.OPEN

    def lets_through(self) -> bool:
        """Whether to make a call now; who gets True while it is not closed is the one attempt of this pause."""
        if self._failures < self._limit:
            return True
        with self._changing:
            now = self._clock()
            if now < self._attempt_at:
                return False
            self._attempt_at = now + self._pause
            self._is_trying = True
            return True

    def succeeded(self) -> None:
        if self._failures:
            with self._changing:
                self._failures, self._is_trying = 0, False

    def failed(self) -> None:
        with self._changing:
            self._failures += 1
            self._is_trying = False
            self._attempt_at = self._clock() + self._pause
            self.openings += self._failures == self._limit
