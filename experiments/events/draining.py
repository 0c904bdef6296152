"""How events come from this machine's disk into the database once that answers: also those of processes that died."""

import logging
import threading

from django.db import connection

from experiments.events.counts import counts
from experiments.events.items import Rejected
from experiments.events.keeping import ACCEPTED, AWAY, DUPLICATE, Keeper, bound_waiting, read, stored
from experiments.events.spool import claimed

logger = logging.getLogger(__name__)

EVERY = 1.0  # seconds between two looks
_PATIENCE = 1.0  # seconds that stopping waits


class Drainer:
    """Looks at the spool in a thread of its own, and tells the keeper when the database is back."""

    def __init__(self, keeper: Keeper) -> None:
        self._keeper = keeper
        self._stopped = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        self._stopped.clear()
        self._thread = threading.Thread(target=self._work, name="event-drainer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Come to rest; a statement that hangs is left to its deadline."""
        self._stopped.set()
        if self._thread is not None:
            self._thread.join(_PATIENCE)

    def drain(self) -> bool:
        """Store what lies on the disk. False, and the rest stays, where the database does not take it.

        What this process appends to is let go of last, so that a database that answers and takes nothing does not have
        it begin a file a second.
        """
        try:
            if self._keeper.is_away:
                _ask()
            self._empty()
            self._keeper.spool.seal()
            self._empty()
        except AWAY as error:
            connection.close()
            self._keeper.note(str(error))
            return False
        self._keeper.note("")
        return True

    def _empty(self) -> None:
        for path, records in claimed(self._keeper.spool.folder):
            for record in records:
                if self._stopped.is_set():
                    return
                _store(record)
                self._keeper.note("")
            path.unlink()

    def _work(self) -> None:
        self._look()
        while not self._stopped.wait(EVERY):
            self._look()

    def _look(self) -> None:
        try:
            self.drain()
        except Exception:
            logger.exception("the spool could not be drained, and is looked at again")
        finally:
            connection.close()


def _ask() -> None:
    """Raises what the database raises that is away."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")


def _store(record: bytes) -> None:
    """Once, however often this is tried: rows that stand already are left as they are."""
    items, is_judged = read(record)
    bound_waiting()
    verdicts = stored(items, is_judged=is_judged)
    counts.drained += verdicts.count(ACCEPTED) + verdicts.count(DUPLICATE)
    for item, verdict in zip(items, verdicts, strict=True):
        if isinstance(verdict, Rejected):
            counts.dropped["refused" if verdict.code == "not_storable" else "unknown"] += 1
            logger.warning("event %s is dropped: %s", item.event_id, verdict.message)
