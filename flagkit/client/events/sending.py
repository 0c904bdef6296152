"""Events on their way to the server: in the background, in batches, again with the same ids until they are answered."""

import atexit
import os
import threading
import time
import weakref
from collections.abc import Sequence
from contextlib import suppress

from flagkit.client.backoff import Backoff
from flagkit.client.events.counts import EventCounts
from flagkit.client.events.delivering import TooLarge, deliver
from flagkit.client.events.outbox import Outbox
from flagkit.client.events.tally import Tally
from flagkit.client.options import Options
from flagkit.client.transport import Refused, Transport, Unreachable


class Sender:
    """One thread, which begins with the first event."""

    def __init__(self, transport: Transport, options: Options) -> None:
        self.tally, self.patience = Tally(), options.events_patience
        self._transport, self._options = transport, options
        self._outbox = Outbox(options.events_kept, options.events_batch)
        self._failures = Backoff(longest=options.longest_backoff, least=0)
        self._starting = threading.Lock()
        self._thread: threading.Thread | None = None
        _senders.add(self)

    def put(self, event: bytes) -> bool:
        """Whether it will be sent; it is counted as dropped where it will not."""
        if self._outbox.put(event):
            self._start()
            return True
        code = "closed" if self._outbox.is_closed else "full"
        self.tally.drop(code, f"the queue is {code}")
        return False

    def counts(self) -> EventCounts:
        return self.tally.counts(waiting=len(self._outbox))

    def flush(self, timeout: float) -> bool:
        """Send what waits; whether everything was answered in time."""
        return self._outbox.press(timeout)

    def close(self, timeout: float) -> None:
        """The same, and what is left is dropped. Asked again, nothing happens."""
        self.flush(timeout)
        left = self._outbox.close()
        self.tally.drop("late", f"{left} were not sent before the client was closed", left)

    def _start(self) -> None:
        if self._thread is not None:
            return
        with self._starting:
            if self._thread is not None:
                return
            thread = threading.Thread(target=self._run, name="flagkit_send", daemon=True)
            with suppress(RuntimeError):  # at the end of the program no thread begins; what waits is dropped then
                thread.start()
                self._thread = thread

    def _run(self) -> None:
        while batch := self._outbox.take(within=self._options.events_every):
            self._send(batch)

    def _send(self, batch: Sequence[bytes]) -> None:
        """Until every part of it is answered, or the outbox is closed."""
        parts = [batch]
        while parts and not self._outbox.is_closed:
            part = parts[0]
            try:
                deliver(self._transport, part, self.tally)
            except Unreachable as error:
                self._rest(error.retry_after)
                continue
            except TooLarge:
                half = len(part) // 2
                parts[:1] = [part[:half], part[half:]]
                continue
            except Refused as error:
                self.tally.reject("refused", str(error), len(part))
            except Exception as error:  # without this thread nothing would ever be sent again
                self.tally.stumble(error)
                self._rest(0)
                continue
            self._failures.reset()
            self._outbox.settle(len(parts.pop(0)))

    def _rest(self, retry_after: float) -> None:
        """For as long as the server asks, and some more, so that not all come back at once."""
        self._outbox.rest(retry_after + self._failures.next(), through_pressing=retry_after > 0)


_senders: weakref.WeakSet[Sender] = weakref.WeakSet()


def close_all() -> None:
    """At the end of the program; no longer than the most patient client waits."""
    began = time.monotonic()
    for sender in tuple(_senders):
        sender.close(max(0.0, sender.patience - (time.monotonic() - began)))


atexit.register(close_all)
if hasattr(os, "register_at_fork"):  # a child has none of the threads, and locks that they may have held
    os.register_at_fork(after_in_child=_senders.clear)
