"""What Redis holds and says: each environment's newest snapshot for a while, and the announcement of new revisions.

Redis is a hint. It may be away, slow, empty or lie; then this answers None or False, and the database decides.
"""

import logging
from collections.abc import Iterator
from typing import Any

from django.conf import settings
from django_redis import get_redis_connection
from redis import Redis, RedisError

from evaluation.snapshot import BadSnapshot, Snapshot, from_bytes, to_bytes

logger = logging.getLogger(__name__)

CHANNEL = "flagplatform:revisions"
_PUT_IF_NEWER = """
local standing = redis.call('HGET', KEYS[1], 'revision')
if standing and tonumber(standing) >= tonumber(ARGV[1]) then return 0 end
redis.call('HSET', KEYS[1], 'revision', ARGV[1], 'snapshot', ARGV[2])
redis.call('EXPIRE', KEYS[1], ARGV[3])
return 1
"""


def is_configured() -> bool:
    return bool(settings.REDIS_URL)


def get(environment_id: str) -> Snapshot | None:
    """The snapshot that Redis holds, when it is whole; None for every other case."""
    if not is_configured():
        return None
    try:
        data = _client().hget(_key(environment_id), "snapshot")
        return from_bytes(data) if isinstance(data, bytes) else None
    except (RedisError, BadSnapshot) as error:
        logger.warning("the copy in Redis is not used: %s", error)
        return None


def put(snapshot: Snapshot) -> bool:
    """Hold this snapshot for SNAPSHOT_TTL seconds unless a newer one stands there."""
    if not is_configured():
        return False
    arguments = (_key(snapshot.address.id), str(snapshot.revision), to_bytes(snapshot), str(settings.SNAPSHOT_TTL))
    try:
        return bool(_client().eval(_PUT_IF_NEWER, 1, *arguments))
    except RedisError as error:
        logger.warning("the copy in Redis was not renewed: %s", error)
        return False


def holds(environment_id: str) -> bool:
    """Whether Redis has a copy; True also when Redis is away, since then there is nothing to fill."""
    try:
        return not is_configured() or bool(_client().exists(_key(environment_id)))
    except RedisError:
        return True


def announce(environment_id: str | None, revision: int) -> None:
    """Remove the copy that has just become old, and tell every process; None: environments or keys were edited."""
    if not is_configured():
        return
    try:
        pipeline = _client().pipeline(transaction=False)
        if environment_id:
            pipeline.delete(_key(environment_id))
        pipeline.publish(CHANNEL, f"{environment_id} {revision}")
        pipeline.execute()
    except RedisError as error:
        logger.warning("revision %s was not announced, the poll will find it: %s", revision, error)


def announcements(patience: float) -> Iterator[bytes | None]:
    """What is announced from now on; None after `patience` seconds of silence. Raises RedisError when Redis is lost."""
    with _client().pubsub(ignore_subscribe_messages=True) as channel:  # type: ignore[no-untyped-call]
        channel.subscribe(CHANNEL)
        while True:
            message: dict[str, Any] | None = channel.get_message(timeout=patience)
            yield message["data"] if message else None


def _client() -> Redis:
    client: Redis = get_redis_connection("default")
    return client


def _key(environment_id: str) -> str:
    return f"flagplatform:snapshot:{environment_id}"
