"""What Redis holds and says: each environment's newest snapshot for a while, and the announcement of new revisions.

Redis is a hint. It may be away, slow, empty or lie; then this answers None or False, and the database decides. A Redis
that fails three times in a row is not asked for a while.
"""

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar

from django.conf import settings
from django_redis import get_redis_connection
from redis import Redis, RedisError, ResponseError
from redis.exceptions import LockError

from evaluation.circuit import Circuit
from evaluation.snapshot import BadSnapshot, Snapshot, from_bytes, to_bytes
from evaluation.vitals import vitals

logger = logging.getLogger(__name__)
circuit = Circuit()

CHANNEL = "flagplatform:revisions"
LEASE = 5.0  # seconds after which a process that fills a copy counts as dead
AWAIT = 2.0  # seconds that the others wait for it
_UNHEARD = 3  # pings without an answer after which a subscription counts as lost
_PUT_IF_NEWER = """
if redis.call('TYPE', KEYS[1]).ok ~= 'hash' then redis.call('DEL', KEYS[1]) end
local held = redis.call('HMGET', KEYS[1], 'epoch', 'revision', 'size')
local epoch, revision, size = tonumber(held[1] or '0') or 0, tonumber(held[2] or ''), tonumber(held[3] or '')
local whole = revision and size == redis.call('HSTRLEN', KEYS[1], 'snapshot')
local new_epoch, new_revision = tonumber(ARGV[1]), tonumber(ARGV[2])
if whole and (epoch > new_epoch or (epoch == new_epoch and revision >= new_revision)) then return 0 end
redis.call('HSET', KEYS[1], 'epoch', ARGV[1], 'revision', ARGV[2], 'size', #ARGV[3], 'snapshot', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[4])
return 1
"""
_NO_LEASE = "Redis does not say who fills the copy"
_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Held:
    """What Redis says that it has of one environment, without fetching it."""

    epoch: int = 0
    revision: int = 0
    is_whole: bool = False

    def is_ahead_of(self, snapshot: Snapshot) -> bool:
        return self.is_whole and (self.epoch, self.revision) > (snapshot.epoch, snapshot.revision)

    def stands_for(self, snapshot: Snapshot) -> bool:
        return self.is_whole and (self.epoch, self.revision) == (snapshot.epoch, snapshot.revision)


def is_configured() -> bool:
    return bool(settings.REDIS_URL)


def get(environment_id: str) -> Snapshot | None:
    """The snapshot that Redis holds, when it is whole; None for every other case. What is not whole is removed."""
    data = _ask(lambda client: client.hget(_key(environment_id), "snapshot"), None, "the copy in Redis is not used")
    if not isinstance(data, bytes):
        return None
    try:
        return from_bytes(data)
    except BadSnapshot as error:
        logger.warning("the copy in Redis is removed: %s", error)
        vitals.rejected["redis", error.reason] += 1
        remove(environment_id)
        return None


def put(snapshot: Snapshot) -> bool:
    """Hold this snapshot for SNAPSHOT_TTL seconds unless a newer one stands there whole."""
    place = (str(snapshot.epoch), str(snapshot.revision))

    def store(client: Redis) -> bool:
        key = _key(snapshot.address.id)
        return bool(client.eval(_PUT_IF_NEWER, 1, key, *place, to_bytes(snapshot), str(settings.SNAPSHOT_TTL)))

    return _ask(store, False, "the copy in Redis was not renewed")


def renew(snapshot: Snapshot, held: "Held | None") -> None:
    """Put the copy right where it is missing or wrong; `held` is what it was before the database confirmed `snapshot`.

    A copy that was ahead of the database even so is a lie: whoever puts a revision here has committed it before.
    """
    if held and held.stands_for(snapshot):
        return
    if held and (held.is_ahead_of(snapshot) or not held.is_whole):
        remove(snapshot.address.id)
    with filling(snapshot.address.id) as is_ours:
        if is_ours:
            put(snapshot)


def remove(environment_id: str) -> None:
    _ask(lambda client: bool(client.delete(_key(environment_id))), False, "the copy in Redis was not removed")


def held(environment_ids: Iterable[str]) -> Mapping[str, Held | None]:
    """What Redis has of these environments, in one round trip; empty where Redis is away: there is nothing to fill."""
    names = list(environment_ids)

    def look(client: Redis) -> list[Any]:
        pipeline = client.pipeline(transaction=False)
        for name in names:
            pipeline.hmget(_key(name), ["epoch", "revision", "size"])
            pipeline.hstrlen(_key(name), "snapshot")
        return pipeline.execute(raise_on_error=False)

    found: list[Any] = _ask(look, [], "the copies in Redis are not looked after") if names else []
    return {name: _held(*pair) for name, pair in zip(names, zip(found[::2], found[1::2], strict=True), strict=False)}


@contextmanager
def filling(environment_id: str) -> Iterator[bool]:
    """Whether this process is the one that fills the copy; True as well where Redis cannot say so."""
    lock = _client().lock(_lease(environment_id), timeout=LEASE) if is_configured() else None
    is_ours = lock is None or _ask(lambda _: lock.acquire(blocking=False), True, _NO_LEASE)
    try:
        yield is_ours
    finally:
        if lock is not None and is_ours:
            with suppress(LockError, RedisError):
                lock.release()


def awaited(environment_id: str) -> Snapshot | None:
    """The copy once whoever fills it is done, or has had its time."""
    until = time.monotonic() + AWAIT
    while time.monotonic() < until and _ask(lambda client: client.exists(_lease(environment_id)), 0, _NO_LEASE):
        time.sleep(0.02)
    return get(environment_id)


def announce(environment_id: str | None, revision: int) -> None:
    """Remove the copy that has just become old, and tell every process; None: environments or keys were edited."""

    def tell(client: Redis) -> list[Any]:
        pipeline = client.pipeline(transaction=False)
        if environment_id:
            pipeline.delete(_key(environment_id))
        pipeline.publish(CHANNEL, f"{environment_id} {revision}")
        return pipeline.execute()

    _ask(tell, [], f"revision {revision} was not announced, the poll will find it")


def announced(message: bytes) -> tuple[str, int]:
    """The environment and revision of an announcement; ("", 0) where it names none, which means: look at everything."""
    environment_id, _, revision = message.decode("ascii", "replace").partition(" ")
    return (environment_id, int(revision)) if revision.isdigit() and len(revision) < 20 else ("", 0)


def announcements(patience: float) -> Iterator[bytes | None]:
    """What is announced from now on; None after `patience` seconds of silence. Raises RedisError when Redis is lost.

    A connection that was cut without a word looks like silence, so silence is answered with a ping.
    """
    with _client().pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
        channel.subscribe(CHANNEL)
        unheard = 0
        while True:
            message: dict[str, Any] | None = channel.get_message(timeout=patience)
            if message is not None:
                unheard = 0
                if message["type"] == "message":
                    yield message["data"]
                continue
            if unheard == _UNHEARD:
                raise RedisError(f"no answer to {_UNHEARD} pings")
            channel.ping()
            unheard += 1
            yield None


def _held(fields: Any, length: Any) -> Held | None:
    """None where there is nothing; not whole for whatever else than a copy stands there."""
    if isinstance(fields, ResponseError) or isinstance(length, ResponseError):
        return Held()
    if fields == [None, None, None] and not length:
        return None
    try:
        epoch, revision, size = (int(field or 0) for field in fields)
    except ValueError:
        return Held()
    return Held(epoch, revision, is_whole=bool(size) and size == length)


def _ask(question: Callable[[Redis], _T], otherwise: _T, trouble: str) -> _T:
    """What Redis answers; `otherwise` where there is none, where it fails, and while it is left alone."""
    if not is_configured() or not circuit.lets_through():
        return otherwise
    try:
        answer = question(_client())
    except RedisError as error:
        circuit.failed()
        logger.warning("%s: %s", trouble, error)
        return otherwise
    circuit.succeeded()
    return answer


def _client() -> Redis:
    client: Redis = get_redis_connection("default")
    return client


def _key(environment_id: str) -> str:
    return f"flagplatform:snapshot:{environment_id}"


def _lease(environment_id: str) -> str:
    return f"{_key(environment_id)}:filling"
