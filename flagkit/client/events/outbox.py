"""Events that wait for the server: first in, first out, no more than so many, and nobody waits to put one in."""

import threading
from collections import deque
from collections.abc import Sequence

_BYTES = 512 * 1024  # of a batch: below what servers and those before them take


class Outbox:
    """A batch that was taken counts as waiting until it is settled: the bound holds for what is being sent as well."""

    def __init__(self, largest: int, batch: int) -> None:
        self._largest, self._batch = largest, batch
        self._changed = threading.Condition()
        self._waiting: deque[bytes] = deque()
        self._put = self._settled = 0
        self._pressed = 0  # up to which event somebody wants to see them gone
        self._presses = 0
        self.is_closed = False

    def __len__(self) -> int:
        return self._put - self._settled

    def put(self, event: bytes) -> bool:
        """Whether there was room for it."""
        with self._changed:
            if self.is_closed or len(self) >= self._largest:
                return False
            self._waiting.append(event)
            self._put += 1
            if len(self._waiting) in (1, self._batch):  # only these make a difference to the one who takes
                self._changed.notify_all()
            return True

    def take(self, *, within: float) -> Sequence[bytes]:
        """The next batch: once it is full or pressed for, or `within` seconds after its first. Empty when closed."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self.is_closed)
            self._changed.wait_for(self._is_due, within)
            return self._popped()

    def settle(self, number: int) -> None:
        """So many of those that were taken are done with; they are already where the outbox was closed."""
        with self._changed:
            self._settled = min(self._put, self._settled + number)
            self._changed.notify_all()

    def press(self, timeout: float) -> bool:
        """Have everything sent that is here now; whether it was settled in time."""
        with self._changed:
            target = self._pressed = self._put
            self._presses += 1
            self._changed.notify_all()
            return self._changed.wait_for(lambda: self._settled >= target, timeout)

    def rest(self, seconds: float, *, through_pressing: bool) -> None:
        """Wait before a batch is sent again; less where it is pressed for, unless that is to be waited through."""
        with self._changed:
            presses = self._presses
            self._changed.wait_for(
                lambda: self.is_closed or (not through_pressing and self._presses != presses), seconds
            )

    def close(self) -> int:
        """Take nothing in any more, and forget what waits; how many those are."""
        with self._changed:
            left, self.is_closed = len(self), True
            self._waiting.clear()
            self._settled = self._put
            self._changed.notify_all()
            return left

    def _popped(self) -> list[bytes]:
        found: list[bytes] = []
        size = 0
        while self._waiting and len(found) < self._batch and (not found or size + len(self._waiting[0]) <= _BYTES):
            found.append(self._waiting.popleft())
            size += len(found[-1])
        return found

    def _is_due(self) -> bool:
        return len(self._waiting) >= self._batch or self._pressed > self._settled or self.is_closed
