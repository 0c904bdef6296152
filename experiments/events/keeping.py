"""Where events are kept: in the database, and on this machine's disk while that is away."""

import logging
import time
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext

import orjson
from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone
from psycopg_pool import PoolTimeout

from experiments.events.counts import counts
from experiments.events.items import Item, Key, Rejected
from experiments.events.names import Names, judge, load_names
from experiments.events.rows import store
from experiments.events.spool import Spool, SpoolFull

logger = logging.getLogger(__name__)

ACCEPTED, DUPLICATE = "accepted", "duplicate"
Verdict = str | Rejected  # ACCEPTED, DUPLICATE, or why not
AWAY = (DatabaseError, InterfaceError, PoolTimeout)
_AT_ONCE = 0.5  # seconds: who fails faster may have lost a connection, and a new one may do
_BUSY = 4_000  # milliseconds
_REFUSED = Rejected("not_storable", "The database does not take this event. Its log says why; do not send it again.")


class NotKept(Exception):
    """Neither the database nor the disk took these events: come again later."""


class Keeper:
    """Stores bundles of events. Once the database has failed, it is left alone until it is told to have answered."""

    def __init__(self, spool: Spool) -> None:
        self.spool = spool
        self.is_away = False

    @property
    def can_keep(self) -> bool:
        return not self.is_away or self.spool.is_there

    def keep(self, items: Sequence[Item], *, is_judged: bool) -> list[Verdict]:
        """What became of each event, which is durable then. Raises NotKept."""
        if not self.is_away:
            try:
                return _counted(self._stored(items, is_judged=is_judged))
            except AWAY as error:
                connection.close()
                counts.flushes["failed"] += 1
                self.note(str(error))
        return _counted(self._spooled(items, is_judged=is_judged))

    def note(self, trouble: str) -> None:
        """Say when the database goes, and when it is back."""
        if self.is_away != bool(trouble):
            logger.warning("events wait on disk for the database: %s", trouble or "it answers again")
        self.is_away = bool(trouble)

    def _stored(self, items: Sequence[Item], *, is_judged: bool) -> list[Verdict]:
        begun = time.monotonic()
        try:
            bound_waiting()
            return stored(items, is_judged=is_judged)
        except AWAY:
            connection.close()
            if time.monotonic() - begun > _AT_ONCE:
                raise
        return stored(items, is_judged=is_judged)

    def _spooled(self, items: Sequence[Item], *, is_judged: bool) -> list[Verdict]:
        try:
            self.spool.append(written(items, is_judged=is_judged))
        except SpoolFull as error:
            logger.warning("%s events are not taken: %s", len(items), error)
            raise NotKept from error
        counts.spooled += len(items)
        return [ACCEPTED] * len(items)


def bound_waiting() -> None:
    """Have SQLite wait for its other writers no longer than PostgreSQL's statements take at most."""
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            cursor.execute(f"PRAGMA busy_timeout = {_BUSY}")


def stored(items: Sequence[Item], *, is_judged: bool) -> list[Verdict]:
    """Store them in the database. Raises what the database raises."""
    reasons = [None] * len(items) if is_judged else _reasons(items)
    good = [item for item, reason in zip(items, reasons, strict=True) if reason is None]
    with _its_turn():
        new, refused = store(good, now=timezone.now())
    counts.flushes["done"] += 1
    return [reason or _verdict(item[:3], new, refused) for item, reason in zip(items, reasons, strict=True)]


def _its_turn() -> AbstractContextManager[object]:
    """SQLite has one writer at a time, and they may wait: events are stamped when their turn has come, or a report that
    is made meanwhile would neither have them nor know that it lacks them."""
    return transaction.atomic() if connection.vendor == "sqlite" else nullcontext()


def written(items: Sequence[Item], *, is_judged: bool) -> bytes:
    """As they lie in the spool."""
    return orjson.dumps([is_judged, [tuple(item) for item in items]])


def read(record: bytes) -> tuple[list[Item], bool]:
    """What lay in the spool, and whether it was judged."""
    is_judged, rows = orjson.loads(record)
    return [Item(*row) for row in rows], is_judged


def _reasons(items: Sequence[Item]) -> list[Rejected | None]:
    names: dict[str, Names] = {}
    for item in items:
        if item.environment_id not in names:
            names[item.environment_id] = load_names(item.environment_id)
    return [judge(item, names[item.environment_id]) for item in items]


def _verdict(key: Key, new: set[Key], refused: set[Key]) -> Verdict:
    """Of events with the same key the first one is new: it is taken out of `new`."""
    if key in new:
        new.remove(key)
        return ACCEPTED
    return _REFUSED if key in refused else DUPLICATE


def _counted(verdicts: list[Verdict]) -> list[Verdict]:
    for verdict in (ACCEPTED, DUPLICATE):
        counts.events[verdict] += verdicts.count(verdict)
    return verdicts
