"""How this process keeps up with what is published: by the database, and by copies where that is away."""

import logging
import random
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from psycopg_pool import PoolTimeout
from redis import RedisError

from evaluation import reading, redis_copy
from evaluation.disk_copy import DiskCopy
from evaluation.seen import SeenAttributes
from evaluation.snapshot import Address, Snapshot
from evaluation.store import Store
from flags.models import SeenAttribute

logger = logging.getLogger(__name__)

_AWAY = (DatabaseError, InterfaceError, PoolTimeout)
_JITTER = 0.2  # of the poll's period, so that processes do not ask in step
_PATIENCE = 1.0  # seconds between two looks at the stop sign while listening


class Follower:
    """Brings a store up to date: at once when told, and every POLL_SECONDS in case nobody told."""

    def __init__(self, store: Store, disk: DiskCopy) -> None:
        self.store = store
        self._disk = disk
        self._following = threading.Lock()
        self._woken = threading.Event()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._trouble = ""

    def start(self) -> None:
        """Load what there is, then follow in the background."""
        if not self.follow():
            self.store.replace(self._copies(), confirmed=False)
        self._spawn(self._poll)
        if redis_copy.is_configured():
            self._spawn(self._listen)

    def stop(self) -> None:
        """Come to rest; a statement that hangs is left to its deadline."""
        self._stopped.set()
        self._woken.set()
        for thread in self._threads:
            thread.join(timeout=_PATIENCE + 0.5)

    def follow(self) -> bool:
        """Bring the store to what the database has published. False, and nothing changed, when it does not answer."""
        try:
            with self._following:
                found = [self._current(address, revision) for address, revision in reading.addresses()]
                self.store.replace(found, confirmed=True)
        except _AWAY as error:
            connection.close()
            self._note(f"the database does not answer, the last good configuration goes on: {error}")
            return False
        self._note("")
        return True

    def notice(self) -> None:
        """A change was committed in this process: serve it before its request is answered."""
        self.follow()
        self._woken.set()

    def _current(self, address: Address, revision: int) -> Snapshot:
        """The environment at this revision, reached from what is served by the documents that changed since."""
        standing = self.store.get(address.id)
        if standing is None or standing.revision > revision:
            return standing or self._loaded(address, revision)
        if standing.address != address:
            standing = standing.moved(address)
        if standing.revision == revision:
            return standing
        return standing.advanced(revision, reading.texts_between(address.id, standing.revision, revision))

    def _loaded(self, address: Address, revision: int) -> Snapshot:
        """The environment when nothing of it is here yet: from Redis when that is at this revision, else in full."""
        if not revision:
            return Snapshot(address)
        copy = redis_copy.get(address.id)
        if copy and copy.revision == revision:
            return copy.moved(address)
        loaded = Snapshot(address).advanced(revision, reading.texts_at(address.id, revision))
        redis_copy.put(loaded)
        return loaded

    def _copies(self) -> list[Snapshot]:
        """With the database away at start: the newer of the copies on disk and in Redis."""
        kept = self._disk.load_all()
        return [max(s, redis_copy.get(s.address.id) or s, key=lambda found: found.revision) for s in kept]

    def _note(self, trouble: str) -> None:
        """Log when trouble begins and when it is over, not at every poll in between."""
        if bool(trouble) != bool(self._trouble):
            logger.warning(trouble or "the database answers again")
        self._trouble = trouble

    def _keep_seen(self) -> None:
        """Store the attributes that contexts had for the first time; where that fails, they are noted anew."""
        rows = [
            SeenAttribute(environment_id=environment_id, name=name)
            for environment_id, names in self.store.seen.take().items()
            for name in sorted(names)
        ]
        if not rows:
            return
        try:
            SeenAttribute.objects.bulk_create(rows, ignore_conflicts=True)
        except _AWAY as error:
            self.store.seen = SeenAttributes()
            self._note(f"attributes that were seen are not stored yet: {error}")

    def _poll(self) -> None:
        while not self._stopped.is_set():
            self._woken.wait(settings.POLL_SECONDS * random.uniform(1 - _JITTER, 1 + _JITTER))  # noqa: S311 - not a secret
            self._woken.clear()
            if self._stopped.is_set() or not self.follow():
                continue
            self._keep_seen()
            served = self.store.snapshots()
            self._disk.keep(served)
            for snapshot in served:
                if snapshot.revision and not redis_copy.holds(snapshot.address.id):
                    redis_copy.put(snapshot)

    def _listen(self) -> None:
        """Wake the poll at every announcement. A lost connection is made again; what it missed, the poll finds."""
        while not self._stopped.is_set():
            try:
                for message in redis_copy.announcements(_PATIENCE):
                    if message is not None:
                        self._woken.set()
                    if self._stopped.is_set():
                        return
            except RedisError as error:
                logger.warning("announcements are lost, the poll goes on: %s", error)
                self._woken.set()
                self._stopped.wait(random.uniform(0.5, 1.5))  # noqa: S311 - spreads reconnections

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(
            target=_with_own_connection, args=(work,), name=f"follower-{work.__name__}", daemon=True
        )
        self._threads.append(thread)
        thread.start()


def _with_own_connection(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connection.close()
