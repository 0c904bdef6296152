"""How a client keeps up with its server: a stream that tells when there is news, and a poll that stands behind it."""

import logging
import random
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from flagkit.client import disk_copy
from flagkit.client.announcements import positions, seconds_to_rest
from flagkit.client.backoff import Backoff, around
from flagkit.client.configuration import BadConfiguration
from flagkit.client.fetching import fetch
from flagkit.client.held import Held
from flagkit.client.options import Options
from flagkit.client.transport import Cutter, Refused, Transport, Unreachable

logger = logging.getLogger("flagkit")

_SPREAD = 0.1  # seconds among which clients that hear the same news ask for it
_STEADY = 10.0  # seconds that a stream has to live to count as one that works
_RARELY = 10  # polls that are left out while a stream is open


class Follower:
    """Two threads: one fetches and is the only one that does, the other listens and wakes it."""

    def __init__(self, transport: Transport, held: Held, options: Options, copy: Path | None) -> None:
        self._transport, self._held, self._options, self._copy = transport, held, options, copy
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._cutter = Cutter()
        self._failures = Backoff(longest=min(options.longest_backoff, options.poll))
        self._copy_trouble = ""
        self._rest = 0.0  # seconds that the server wants between a stream's end and the next one
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        self._spawn(self._poll)
        if self._options.streaming:
            self._spawn(self._listen)

    def stop(self, *, within: float) -> None:
        """Come to rest; a name look-up that hangs is left to end by itself."""
        self._stopped.set()
        self._woken.set()
        self._cutter.cut()
        until = time.monotonic() + within
        for thread in self._threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))

    def abandon(self) -> None:
        """After a fork, in the child, which has none of the threads."""
        self._cutter.drop()

    def _poll(self) -> None:
        while not self._stopped.is_set():
            pause = self._refresh()
            self._woken.wait(pause)
            self._woken.clear()

    def _refresh(self) -> float:
        """Fetch once; how long to wait for the next time."""
        try:
            found = fetch(self._transport, self._held.configuration)
        except Refused as refused:
            self._held.fail(str(refused), is_refused=True)
            return around(self._options.refused)
        except (Unreachable, BadConfiguration) as error:
            self._held.fail(str(error))
            return max(self._failures.next(), getattr(error, "retry_after", 0.0))
        except Exception as error:  # without this thread nothing new would ever arrive
            self._held.fail(f"fetching failed: {error!r}")
            return self._failures.next()
        self._failures.reset()
        if self._held.confirm(found):
            self._keep()
        return around(self._options.poll) * (_RARELY if self._held.is_streaming else 1)

    def _keep(self) -> None:
        if self._copy is None or self._held.configuration is None:
            return
        try:
            disk_copy.write(self._copy, self._held.configuration)
            self._copy_trouble = ""
        except OSError as error:
            if not self._copy_trouble:
                logger.warning("the disk copy could not be written: %s", error)
            self._copy_trouble = str(error)

    def _listen(self) -> None:
        breaks = Backoff(longest=self._options.longest_backoff)
        while not self._stopped.is_set():
            start = time.monotonic()
            pause = self._read_stream()
            if time.monotonic() - start > _STEADY:
                breaks.reset()
            self._stopped.wait(max(pause, breaks.next()))

    def _read_stream(self) -> float:
        """Listen until the stream ends; for how long to leave the server alone then."""
        standing = self._held.configuration
        last_id = "{}.{}".format(*standing.position) if standing else ""
        try:
            with self._transport.stream(self._cutter, last_id=last_id, silence=self._options.silence) as lines:
                self._held.is_streaming = True
                self._wake(_SPREAD)  # what was missed, and that the server is back
                for position in positions(self._heeded(lines)):
                    if position is not None and position != self._position():
                        self._wake(_SPREAD)
        except Refused:
            return around(self._options.refused)
        except Unreachable as error:
            return max(self._rest, error.retry_after)
        except Exception as error:  # without this thread news would come by polling alone
            logger.warning("listening failed: %r", error)
        finally:
            if self._held.is_streaming:
                self._held.is_streaming = False
                self._wake(1.0)
        return self._rest

    def _heeded(self, lines: Iterable[bytes]) -> Iterator[bytes]:
        for line in lines:
            rest = seconds_to_rest(line)
            if rest is not None:
                self._rest = min(rest, self._options.longest_backoff)
            yield line

    def _position(self) -> tuple[int, int] | None:
        standing = self._held.configuration
        return None if standing is None else standing.position

    def _wake(self, spread: float) -> None:
        self._stopped.wait(random.uniform(0, spread))  # noqa: S311 - spreads clients, keeps no secret
        self._woken.set()

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(target=work, name=f"flagkit{work.__name__}", daemon=True)
        self._threads.append(thread)
        thread.start()
