"""How usage comes from memory into the database: every few seconds, in a thread of its own, and once more at the end.

With the database away it is kept and added later. What waits is bounded: past MOST counts, minutes are merged into
their hours, and then into their days; nothing is left out. What a process has counted when it is killed is lost, as is
what it could not store before it stopped. A connection that breaks while it commits leaves open whether it did: then
the counts are added again.
"""

import logging
import threading
from collections import defaultdict
from collections.abc import Callable
from datetime import datetime

from django.db import DatabaseError, InterfaceError, connection, transaction
from django.utils import timezone
from psycopg_pool import PoolTimeout

from evaluation.store import Store
from evaluation.unknown import LONGEST
from evaluation.usage import by_variant
from evaluation.usage_rows import add_experiment_usage, add_unknown, add_usage, hour_of, minute_of
from evaluation.vitals import vitals

logger = logging.getLogger(__name__)

EVERY = 10.0  # seconds; a count belongs to the minute in which it was read
MOST = 50_000
_AWAY = (DatabaseError, InterfaceError, PoolTimeout)
_PATIENCE = 2.0  # seconds that stopping waits for the last flush


class UsageKeeper:
    """Takes what a store counted and adds it to the database."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._keep, name="usage-keeper", daemon=True)
        self._counts: dict[tuple[str, str, str, datetime], int] = defaultdict(int)
        self._experiments: dict[tuple[str, str, str, datetime], int] = defaultdict(int)
        self._seen: dict[tuple[str, str], datetime] = {}
        self._unknown: dict[tuple[str, str], int] = defaultdict(int)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Store what was counted up to now; a database that hangs is left to its deadline."""
        self._stopped.set()
        self._thread.join(_PATIENCE)

    def flush(self, now: datetime) -> bool:
        """Add what was counted since the last flush. False, and kept, when the database does not take it."""
        self._gather(now)
        if not self._counts and not self._experiments and not self._unknown:
            return True
        try:
            with transaction.atomic():
                add_usage(self._counts, seen=self._seen)
                add_experiment_usage(self._experiments)
                add_unknown(self._unknown, now)
        except _AWAY as error:
            connection.close()
            self._fail(error)
            return False
        for kept in (self._counts, self._experiments, self._seen, self._unknown):
            kept.clear()
        vitals.flushes["done"] += 1
        return True

    def _gather(self, now: datetime) -> None:
        at = minute_of(now)
        for (environment_id, flag, variant), count in by_variant(self._store.usage.take()):
            self._counts[environment_id, flag, variant[:LONGEST], at] += count
            self._seen[environment_id, flag] = now
        for (environment_id, experiment, variant), count in by_variant(self._store.experiment_usage.take()):
            self._experiments[environment_id, experiment, variant[:LONGEST], at] += count
        for environment_id, names in self._store.unknown.take().items():
            for name, count in names.items():
                self._unknown[environment_id, name] += count

    def _fail(self, error: Exception) -> None:
        vitals.flushes["failed"] += 1
        logger.warning("%s counts of usage wait for the database: %s", len(self._counts), error)
        for coarser in (hour_of, _day_of):
            if len(self._counts) > MOST:
                self._counts = _merged(self._counts, coarser)
            if len(self._experiments) > MOST:
                self._experiments = _merged(self._experiments, coarser)
        if len(self._unknown) > MOST:
            self._unknown.clear()  # names that somebody invents

    def _keep(self) -> None:
        try:
            while not self._stopped.wait(EVERY):
                self.flush(timezone.now())
                connection.close()
            if not self.flush(timezone.now()):
                logger.error("%s counts of usage could not be stored before the end", len(self._counts))
        finally:
            connection.close()


def _merged(
    counts: dict[tuple[str, str, str, datetime], int], coarser: Callable[[datetime], datetime]
) -> dict[tuple[str, str, str, datetime], int]:
    found: dict[tuple[str, str, str, datetime], int] = defaultdict(int)
    for (environment_id, flag, variant, at), count in counts.items():
        found[environment_id, flag, variant, coarser(at)] += count
    return found


def _day_of(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
