"""Counts what became of events, and logs the first of each kind of trouble."""

import logging
import threading
from collections import Counter

from flagkit.client.events.counts import EventCounts

logger = logging.getLogger("flagkit")

_DIFFERENT = 100  # kinds of trouble that are told, at most: codes come from outside


class Tally:
    """Written by callers and by the sender at the same time."""

    def __init__(self) -> None:
        self._counting = threading.Lock()
        self._counts: Counter[str] = Counter()
        self._told: set[str] = set()

    def add(self, **more: int) -> None:
        with self._counting:
            self._counts.update(more)

    def reject(self, code: str, message: str, number: int = 1) -> None:
        self.add(rejected=number)
        self._tell(code, f"events are rejected ({code}): {message}")

    def drop(self, code: str, message: str, number: int = 1) -> None:
        if number:
            self.add(dropped=number)
            self._tell(code, f"events are dropped ({code}): {message}")

    def stumble(self, error: Exception) -> None:
        """Sending failed in a way that is an error of this package; it is tried again."""
        self._tell(type(error).__name__, f"events wait, because sending them failed: {error!r}")

    def counts(self, *, waiting: int = 0) -> EventCounts:
        with self._counting:
            return EventCounts(waiting=waiting, **self._counts)

    def _tell(self, code: str, message: str) -> None:
        with self._counting:
            if code in self._told or len(self._told) >= _DIFFERENT:
                return
            self._told.add(code)
        logger.warning("%s; more of them are counted, and not told", message)
