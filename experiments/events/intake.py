"""How events become durable: many requests wait for one statement, and are answered once it is committed.

One thread stores what has come in when a thousand events wait, or ten milliseconds after the first. While the database
is away they are put on this machine's disk. Who sends more than can be stored is told to come again.
"""

import asyncio
import logging
import threading
import time
from collections import defaultdict, deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import chain

from django.db import connection

from experiments.events.counts import counts
from experiments.events.items import Item
from experiments.events.keeping import Keeper, NotKept, Verdict

logger = logging.getLogger(__name__)

MOST = 20_000  # events that wait
OLDEST = 2.0  # seconds that the oldest of them may have waited for further ones to be taken
FLUSH_AT = 1_000  # events
FLUSH_AFTER = 0.010  # seconds after the first
_PATIENCE = 2.0  # seconds that stopping waits for the last flush
Settled = tuple["asyncio.Future[list[Verdict]]", "list[Verdict] | NotKept"]


class PushedBack(Exception):
    """More comes in than is stored: nothing of this was taken, come again later."""


@dataclass(slots=True, eq=False)
class Batch:
    """What is stored together, and who waits to hear of it; nobody does without a future.

    `is_judged` says that the names in it are known.
    """

    items: Sequence[Item]
    is_judged: bool = True
    future: "asyncio.Future[list[Verdict]] | None" = None
    at: float = field(default_factory=time.monotonic)


class Intake:
    """The queue of one process, and the thread that empties it."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._news = threading.Condition()
        self._queue: deque[Batch] = deque()
        self._waiting = 0
        self._stored_since: float | None = None  # when what is being stored came in
        self._is_stopped = False
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._is_stopped = False
        self._thread = threading.Thread(target=self._work, name="intake", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Store what waits; a database that hangs is left to its deadline."""
        with self._news:
            self._is_stopped = True
            self._news.notify()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    async def keep(self, items: Sequence[Item], *, is_judged: bool = True) -> list[Verdict]:
        """What became of each event, told when it is durable. Raises PushedBack, and NotKept where nothing was."""
        if not items:
            return []
        future: asyncio.Future[list[Verdict]] = asyncio.get_running_loop().create_future()
        self.put(Batch(items, is_judged, future))
        return await future

    def put(self, batch: Batch) -> None:
        """Take these events to be stored soon. Raises PushedBack."""
        with self._news:
            self._require_room(batch.at)
            was_empty = not self._queue
            self._queue.append(batch)
            self._waiting += len(batch.items)
            counts.waiting = self._waiting
            if was_empty or self._waiting >= FLUSH_AT:
                self._news.notify()

    def _require_room(self, now: float) -> None:
        since = self._stored_since
        if since is None:
            since = self._queue[0].at if self._queue else now
        if self._waiting < MOST and now - since < OLDEST and self._keeper.can_keep and not self._is_stopped:
            return
        counts.pushed_back += 1
        raise PushedBack

    def _work(self) -> None:
        try:
            while batches := self._next():
                self._flush(batches)
        finally:
            connection.close()

    def _next(self) -> list[Batch]:
        """What is stored next; nothing at the end."""
        with self._news:
            self._stored_since = None
            while not self._queue and not self._is_stopped:
                self._news.wait()
            self._gather()
            found: list[Batch] = []
            count = 0
            while self._queue and count < FLUSH_AT:
                found.append(self._queue.popleft())
                count += len(found[-1].items)
            self._stored_since = found[0].at if found else None
            self._waiting -= count
            counts.waiting = self._waiting
            return found

    def _gather(self) -> None:
        """Wait for more, as long as that is worth it."""
        while self._queue and self._waiting < FLUSH_AT and not self._is_stopped:
            left = self._queue[0].at + FLUSH_AFTER - time.monotonic()
            if left <= 0:
                return
            self._news.wait(left)

    def _flush(self, batches: list[Batch]) -> None:
        settled: list[Settled] = []
        for is_judged in (True, False):
            alike = [batch for batch in batches if batch.is_judged is is_judged]
            if alike:
                settled += self._kept(alike, is_judged=is_judged)
        _tell(settled)

    def _kept(self, batches: list[Batch], *, is_judged: bool) -> list[Settled]:
        items = list(chain.from_iterable(batch.items for batch in batches))
        try:
            verdicts = iter(self._keeper.keep(items, is_judged=is_judged))
        except NotKept as error:
            return _lost(batches, error)
        except Exception:
            logger.exception("%s events could not be stored", len(items))
            return _lost(batches, NotKept())
        found = [(batch, [next(verdicts) for _ in batch.items]) for batch in batches]
        return [(batch.future, told) for batch, told in found if batch.future is not None]


def _lost(batches: list[Batch], error: NotKept) -> list[Settled]:
    """Who waits will send again; what nobody waits for is gone."""
    counts.dropped["exposures"] += sum(len(batch.items) for batch in batches if batch.future is None)
    return [(batch.future, error) for batch in batches if batch.future is not None]


def _tell(settled: list[Settled]) -> None:
    """Wake up who waits: once for each event loop, however many they are."""
    by_loop: dict[asyncio.AbstractEventLoop, list[Settled]] = defaultdict(list)
    for future, told in settled:
        by_loop[future.get_loop()].append((future, told))
    for loop, theirs in by_loop.items():
        try:
            loop.call_soon_threadsafe(_settle, theirs)
        except RuntimeError:
            logger.warning("%s requests are not told what became of their events: the server has ended", len(theirs))


def _settle(settled: list[Settled]) -> None:
    for future, told in settled:
        if future.done():
            continue  # the caller has left
        if isinstance(told, NotKept):
            future.set_exception(told)
        else:
            future.set_result(told)
