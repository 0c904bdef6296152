"""How this process keeps up with what is published: by the database, and by copies where that is away."""

import logging
import random
import threading
from collections.abc import Callable, Mapping
from typing import TypeGuard

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection
from psycopg_pool import PoolTimeout
from redis import RedisError

from evaluation import epochs, reading, redis_copy
from evaluation.disk_copy import DiskCopy
from evaluation.epochs import Way
from evaluation.reading import Position
from evaluation.snapshot import Address, Snapshot
from evaluation.store import Store
from evaluation.vitals import vitals
from flags.kinds import FLAG, Name
from flags.models import SeenAttribute

logger = logging.getLogger(__name__)

_AWAY = (DatabaseError, InterfaceError, PoolTimeout)
_JITTER = 0.2  # of the poll's period, so that processes do not ask in step
_FEW = 100  # changed flags that are compiled at once; of more, only those that are large
_LARGE = 10_000  # characters of a document; ten thousand rules in one take half a second to compile
_KEY_SECONDS = 0.5  # between two looks at the keys: one that was taken back is dead within a second
_PATIENCE = 1.0  # seconds between two looks at the stop sign while listening


class Follower:
    """Brings a store up to date: at once when told, and every POLL_SECONDS in case nobody told.

    Told and polling are threads of their own, so that keeping copies on disk and in Redis delays no news. So is the
    watch of keys, which looks more often and at little.
    """

    def __init__(self, store: Store, disk: DiskCopy) -> None:
        self.store = store
        self._disk = disk
        self._following = threading.Lock()
        self._stopped = threading.Event()
        self._threads: list[threading.Thread] = []
        self._trouble = ""
        self._keys: object = None  # the state of the keys that are served

    def start(self) -> None:
        """Load what there is, then follow in the background."""
        if not self.follow():
            self.store.replace(self._copies(), confirmed=False)
        self._spawn(self._poll)
        self._spawn(self._watch_keys)
        if redis_copy.is_configured():
            self._spawn(self._listen)

    def stop(self) -> None:
        """Come to rest; a statement that hangs is left to its deadline."""
        self._stopped.set()
        for thread in self._threads:
            thread.join(timeout=_PATIENCE + 0.5)

    def follow(self) -> bool:
        """Bring the store to what the database has published. False, and nothing changed, when it does not answer."""
        try:
            with self._following:
                found = [self._best(address, head) for address, head in reading.addresses()]
                self.store.replace([snapshot for snapshot in found if snapshot], confirmed=True)
                vitals.polls["done"] += 1
        except _AWAY as error:
            vitals.polls["failed"] += 1
            connection.close()
            self._note(f"the database does not answer, the last good configuration goes on: {error}")
            return False
        self._note("")
        return True

    def notice(self) -> None:
        """A change was committed in this process: serve it before its request is answered."""
        self.follow()

    def _best(self, address: Address, head: Position) -> Snapshot | None:
        """The environment as the database has it; where that fails for its own reasons, as it is served already."""
        try:
            return self._current(address, head)
        except _AWAY:
            raise
        except Exception:
            logger.exception("environment %s stays as it was: revision %s cannot be read", address.id, head.revision)
            return self.store.get(address.id)

    def _current(self, address: Address, head: Position) -> Snapshot:
        """The environment at its newest revision, from what is served by what changed since where that leads there."""
        standing = self.store.get(address.id)
        if standing is None:
            return self._loaded(address, head)
        if standing.address != address:
            standing = standing.moved(address)
        match epochs.way(standing, head):
            case Way.NONE:
                return standing
            case Way.CHANGES:
                vitals.advances += 1
                self.store.sources[address.id] = "database"
                changes = reading.texts_between(address.id, standing.revision, head.revision)
                advanced = standing.advanced(head.revision, changes).placed(head.epoch, head.mark)
                advanced.prepare_as(standing)
                return _compiled(advanced, changes)
            case Way.SET_BACK:
                head = epochs.begin(address.id, beyond=standing.epoch)
        return self._loaded(address, head)

    def _loaded(self, address: Address, head: Position) -> Snapshot:
        """The environment as a whole: from Redis when that is at this position, else from the database.

        Of the processes that find nothing in Redis one reads the database, and the others wait for it a moment.
        """
        self.store.sources[address.id] = "database"
        if not head.revision:
            return Snapshot(address).placed(head.epoch, 0)
        copy = redis_copy.get(address.id)
        if _fits(copy, head):
            self.store.sources[address.id] = "redis"
            return _compiled(copy.moved(address), copy.texts)
        with redis_copy.filling(address.id) as is_ours:
            copy = None if is_ours else redis_copy.awaited(address.id)
            if _fits(copy, head):
                self.store.sources[address.id] = "redis"
                return _compiled(copy.moved(address), copy.texts)
            vitals.loads += 1
            loaded = Snapshot(address).advanced(head.revision, reading.texts_at(address.id, head.revision))
            loaded = loaded.placed(head.epoch, head.mark)
            redis_copy.put(loaded)
            return _compiled(loaded, loaded.texts)

    def _copies(self) -> list[Snapshot]:
        """With the database away at start: the newer of the copies on disk and in Redis."""
        return [self._newer_copy(kept) for kept in self._disk.load_all()]

    def _newer_copy(self, kept: Snapshot) -> Snapshot:
        other = redis_copy.get(kept.address.id)
        is_newer = other is not None and (other.epoch, other.revision) > (kept.epoch, kept.revision)
        self.store.sources[kept.address.id] = "redis" if is_newer else "disk"
        return other if is_newer and other else kept

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
            self.store.forget_seen()
            self._note(f"attributes that were seen are not stored yet: {error}")

    def _poll(self) -> None:
        while not self._stopped.wait(settings.POLL_SECONDS * random.uniform(1 - _JITTER, 1 + _JITTER)):  # noqa: S311 - spreads polls
            try:
                self._look()
            except Exception:
                logger.exception("this poll failed, the next one comes")

    def _watch_keys(self) -> None:
        while not self._stopped.wait(_KEY_SECONDS):
            try:
                self._look_at_keys()
            except _AWAY:
                connection.close()  # the poll says so, and the keys that are known go on
            except Exception:
                logger.exception("this look at the keys failed, the next one comes")

    def _look_at_keys(self) -> None:
        """Follow where a key has changed since the last time."""
        state = reading.keys_state()
        if state != self._keys and self.follow():
            self._keys = state

    def _look(self) -> None:
        """Follow, then renew the copies. Redis is asked first: what it had then the database must know now."""
        held = redis_copy.held(snapshot.address.id for snapshot in self.store.snapshots())
        if not self.follow():
            return
        self._keep_seen()
        served = self.store.snapshots()
        self._disk.keep(served)
        for snapshot in served:
            if snapshot.revision and snapshot.address.id in held:
                redis_copy.renew(snapshot, held[snapshot.address.id])

    def _listen(self) -> None:
        """Follow at every announcement. A lost connection is made again; what it missed, the poll finds."""
        while not self._stopped.is_set():
            try:
                for message in redis_copy.announcements(_PATIENCE):
                    if self._stopped.is_set():
                        return
                    self._hear(message)
            except RedisError as error:
                logger.warning("announcements are lost, the poll goes on: %s", error)
                self._stopped.wait(random.uniform(0.5, 1.5))  # noqa: S311 - spreads reconnections
            except Exception:
                logger.exception("an announcement failed, the poll finds what it was about")

    def _hear(self, message: bytes | None) -> None:
        if message is None:
            return
        vitals.announcements += 1
        if not self._is_served(*redis_copy.announced(message)):
            self.follow()

    def _is_served(self, environment_id: str, revision: int) -> bool:
        """Whether this was reached already: by this process's own change, or on behalf of an earlier announcement."""
        standing = self.store.get(environment_id)
        return standing is not None and 0 < revision <= standing.revision

    def _spawn(self, work: Callable[[], None]) -> None:
        thread = threading.Thread(
            target=_with_own_connection, args=(work,), name=f"follower-{work.__name__}", daemon=True
        )
        self._threads.append(thread)
        thread.start()


def _fits(copy: Snapshot | None, head: Position) -> TypeGuard[Snapshot]:
    return copy is not None and (copy.epoch, copy.revision, copy.mark) == head


def _compiled(snapshot: Snapshot, changes: Mapping[Name, str | None]) -> Snapshot:
    """The snapshot, with what is new in it compiled here where that would hold up whoever asks for it first."""
    is_small = len(changes) <= _FEW
    for (kind, key), text in changes.items():
        if kind == FLAG and text is not None and (is_small or len(text) > _LARGE):
            snapshot.ruleset.flat(key)
    return snapshot


def _with_own_connection(work: Callable[[], None]) -> None:
    try:
        work()
    finally:
        connection.close()
