"""A copy in Redis is used only when it is whole and newest; a Redis that is away or hangs costs next to nothing."""

import signal
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest
from django_redis import get_redis_connection

from evaluation import redis_copy
from evaluation.circuit import State
from evaluation.tests.asking import flag_document, snapshot_of
from flagplatform.installation import caches
from tests.servers import Child, wait_for

pytestmark = pytest.mark.redis
KEY = "flagplatform:snapshot:id-staging"


@pytest.fixture
def client(settings: Any, redis: Child, redis_port: int) -> Iterator[Any]:
    settings.REDIS_URL = f"redis://127.0.0.1:{redis_port}/0"
    settings.CACHES = caches(settings.REDIS_URL)
    connection = get_redis_connection("default")
    redis_copy.circuit.succeeded()
    yield connection
    redis_copy.circuit.succeeded()
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


def test_a_redis_that_hangs_is_left_alone_after_three_calls(client: Any, redis: Child) -> None:
    redis.process.send_signal(signal.SIGSTOP)
    before = redis_copy.circuit.openings
    for _ in range(3):
        assert redis_copy.put(snapshot_of(flag_document())) is False
    assert (redis_copy.circuit.state, redis_copy.circuit.openings) == (State.OPEN, before + 1)
    redis.process.send_signal(signal.SIGCONT)
    wait_for(lambda: redis_copy.put(snapshot_of(flag_document())), seconds=20)
    assert redis_copy.circuit.state is State.CLOSED


def test_a_later_epoch_replaces_a_higher_revision_and_never_the_other_way(client: Any) -> None:
    redis_copy.put(snapshot_of(flag_document(), revision=9))
    assert redis_copy.put(snapshot_of(flag_document(), revision=4).placed(1, 0))
    assert redis_copy.put(snapshot_of(flag_document(), revision=10)) is False
    assert held_revision() == 4


@pytest.mark.parametrize("revision", [b"junk", b"", b"9" * 400, b"-1"])
def test_a_revision_that_is_none_is_replaced(client: Any, revision: bytes) -> None:
    redis_copy.put(snapshot_of(flag_document(), revision=5))
    client.hset(KEY, "revision", revision)
    standing = redis_copy.held(["id-staging"])["id-staging"]
    redis_copy.renew(snapshot_of(flag_document(), revision=5), standing)
    assert held_revision() == 5
    assert client.hget(KEY, "revision") == b"5"


def test_one_of_several_fills_the_copy_and_the_others_get_it(client: Any) -> None:
    """Eight threads stand for processes that start at once on an empty Redis."""
    filled, got = [], []

    def start() -> None:
        with redis_copy.filling("id-staging") as is_ours:
            if is_ours:
                filled.append(threading.get_ident())
                time.sleep(0.2)
                redis_copy.put(snapshot_of(flag_document(), revision=5))
            else:
                got.append(redis_copy.awaited("id-staging"))

    threads = [threading.Thread(target=start) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(filled) == 1
    assert [found.revision if found else None for found in got] == [5] * 7


def test_who_waits_for_a_filler_that_died_loads_by_itself(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(redis_copy, "AWAIT", 0.1)
    client.set(f"{KEY}:filling", "somebody", px=60_000)
    with redis_copy.filling("id-staging") as is_ours:
        assert is_ours is False
        assert redis_copy.awaited("id-staging") is None
    assert client.get(f"{KEY}:filling") == b"somebody"


@pytest.mark.parametrize(
    ("message", "meant"),
    [
        (b"id-staging 6", ("id-staging", 6)),
        (b"None 0", ("None", 0)),
        (b"", ("", 0)),
        (b"id -5", ("", 0)),
        (b"id 6 7", ("", 0)),
        ("id ²".encode(), ("", 0)),
        (b"id " + b"9" * 5_000, ("", 0)),
    ],
)
def test_an_announcement_that_makes_no_sense_means_look_at_everything(message: bytes, meant: tuple[str, int]) -> None:
    assert redis_copy.announced(message) == meant
