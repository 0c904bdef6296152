"""A copy in Redis is used only when it is whole and newest; a Redis that is away or hangs costs next to nothing."""

import signal
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from django_redis import get_redis_connection

from evaluation import redis_copy
from evaluation.tests.asking import flag_document, snapshot_of
from flagplatform.installation import caches
from tests.servers import Child

pytestmark = pytest.mark.redis
KEY = "flagplatform:snapshot:id-staging"


@pytest.fixture
def client(settings: Any, redis: Child, redis_port: int) -> Iterator[Any]:
    settings.REDIS_URL = f"redis://127.0.0.1:{redis_port}/0"
    settings.CACHES = caches(settings.REDIS_URL)
    connection = get_redis_connection("default")
    yield connection
    connection.connection_pool.disconnect()


def held_revision() -> int | None:
    held = redis_copy.get("id-staging")
    return held.revision if held else None


def test_a_snapshot_is_held_for_the_ttl(client: Any, settings: Any) -> None:
    assert redis_copy.put(snapshot_of(flag_document(), revision=5))
    assert held_revision() == 5
    assert settings.SNAPSHOT_TTL - 5 <= client.ttl(KEY) <= settings.SNAPSHOT_TTL


def test_an_older_snapshot_never_replaces_a_newer_one(client: Any) -> None:
    redis_copy.put(snapshot_of(flag_document(), revision=5))
    assert redis_copy.put(snapshot_of(flag_document(), revision=4)) is False
    assert held_revision() == 5


def test_an_announcement_removes_the_copy_and_is_heard(client: Any) -> None:
    heard: list[bytes] = []
    listening = redis_copy.announcements(0.2)
    next(listening)
    redis_copy.put(snapshot_of(flag_document(), revision=5))
    redis_copy.announce("id-staging", 6)
    heard.extend(message for message in (next(listening), next(listening)) if message)
    listening.close()  # type: ignore[attr-defined]
    assert heard == [b"id-staging 6"]
    assert held_revision() is None


@pytest.mark.parametrize("junk", [b"", b"junk", b'{"format": 1}\n{}'])
def test_junk_in_redis_is_not_used(client: Any, junk: bytes) -> None:
    client.hset(KEY, mapping={"revision": 9, "snapshot": junk})
    assert held_revision() is None


def test_half_a_snapshot_is_not_used(client: Any) -> None:
    redis_copy.put(snapshot_of(flag_document(), revision=5))
    whole = client.hget(KEY, "snapshot")
    client.hset(KEY, "snapshot", whole[: len(whole) // 2])
    assert held_revision() is None


def test_a_redis_that_is_away_is_a_miss(client: Any, redis: Child) -> None:
    redis.end(signal.SIGKILL)
    assert held_revision() is None
    assert redis_copy.put(snapshot_of(flag_document())) is False
    redis_copy.announce("id-staging", 1)


def test_a_redis_that_hangs_costs_its_deadline_and_no_more(client: Any, redis: Child) -> None:
    redis_copy.put(snapshot_of(flag_document()))
    redis.process.send_signal(signal.SIGSTOP)
    done = threading.Event()
    threading.Thread(target=lambda: (held_revision(), redis_copy.announce("id-staging", 1), done.set())).start()
    finished = done.wait(1.5)
    redis.process.send_signal(signal.SIGCONT)
    assert finished, "two calls with a deadline of 0.1 s each took longer than 1.5 s"
