"""Redis away, slow, empty, lying or silent: evaluations do not notice, and edits arrive all the same."""

import signal
import time

import pytest
import redis

from tests.faults.place import Place, arrive, switch
from tests.faults.probe import probing
from tests.servers import Server, free_port, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Two = tuple[Server, Server]
POLL = 15.0  # seconds that a test waits for what takes 5 on a machine that does nothing else


@pytest.fixture
def direct(place: Place) -> redis.Redis:
    """Past the proxy."""
    return redis.Redis(port=place.redis_port)


def copy_of(direct: redis.Redis, place: Place) -> bytes:
    """The key of staging's copy."""
    (found,) = place.sql("SELECT id FROM accounts_environment WHERE key = 'staging'")
    return f"flagplatform:snapshot:{found[0]}".encode()


def is_whole(direct: redis.Redis, key: bytes) -> bool:
    size, data = direct.hmget(key, ["size", "snapshot"]) if direct.type(key) == b"hash" else (None, None)
    return bool(size and data and int(size) == len(data))


def told_by(direct: redis.Redis, key: bytes) -> tuple[bytes, bytes]:
    """Revision and documents of a copy that is whole."""
    revision, snapshot = direct.hmget(key, ["revision", "snapshot"])
    return revision, body_of(snapshot)


def body_of(snapshot: bytes) -> bytes:
    """The documents, without what was known of the environment and its keys when it was written."""
    return snapshot.partition(b"\n")[2]


def test_f1_redis_down_at_the_start(place: Place) -> None:
    first, second = place.serve(2, REDIS_URL=f"redis://127.0.0.1:{free_port()}/0")
    first.sign_in()
    with probing(first, second) as probe:
        probe.allow(False)
        assert switch(first, False).status_code == 200
        arrive(False, first, second, within=POLL)
        probe.settle(False)


def test_f2_redis_killed_in_traffic_and_back_again(place: Place, two: Two) -> None:
    first, second = two
    with probing(first, second) as probe:
        place.redis_server.end(signal.SIGKILL)
        probe.allow(False)
        assert switch(first, False).status_code == 200
        arrive(False, first, second, within=POLL)
        probe.settle(False)
        place.redis_server = place.revive_redis()
        wait_for(lambda: place.listeners() == 2, seconds=POLL)


@pytest.mark.parametrize("fault", ["hang", "slow"])
def test_f3_redis_hangs_or_is_slow(place: Place, two: Two, fault: str) -> None:
    first, second = two
    with probing(first, second) as probe:
        if fault == "hang":
            place.redis_server.process.send_signal(signal.SIGSTOP)
        else:
            place.redis.delay = 2.0
        for on in (False, True, False):
            probe.allow(on)
            assert switch(first, on).status_code == 200
            arrive(on, first, second, within=POLL)
            probe.settle(on)


@pytest.mark.parametrize("damage", ["junk", "half", "another type", "older", "ahead"])
def test_f4_a_copy_in_redis_that_lies_is_repaired_and_never_served(
    place: Place, two: Two, direct: redis.Redis, damage: str
) -> None:
    key = copy_of(direct, place)
    newest = str(two[0].evaluate("checkout")["config_version"]).encode()
    wait_for(lambda: is_whole(direct, key) and direct.hget(key, "revision") == newest, seconds=POLL)
    whole = direct.hget(key, "snapshot")
    assert whole
    with probing(*two):
        if damage == "junk":
            direct.hset(key, "snapshot", b"\x00junk")
        elif damage == "half":
            direct.hset(key, "snapshot", whole[: len(whole) // 2])
        elif damage == "another type":
            direct.set(key, b"junk")
        elif damage == "older":
            direct.hset(key, "revision", 1)
        else:
            direct.hset(key, "revision", 999_999)
        wait_for(lambda: is_whole(direct, key) and told_by(direct, key) == (newest, body_of(whole)), seconds=POLL)
        (third,) = place.serve(1)
        assert third.evaluate("checkout")["value"] is True


def test_f4_a_process_that_starts_on_a_forged_copy_reads_the_database(
    place: Place, two: Two, direct: redis.Redis
) -> None:
    key = copy_of(direct, place)
    wait_for(lambda: direct.exists(key), seconds=POLL)
    whole = direct.hget(key, "snapshot")
    assert whole
    forged = whole.replace(b'"enabled":true', b'"enabled":fals')
    assert forged != whole
    direct.hset(key, mapping={"snapshot": forged, "size": len(forged)})
    with probing(*two, *place.serve(1)):
        wait_for(lambda: direct.hget(key, "snapshot") == whole, seconds=POLL)


def test_f5_an_emptied_redis_is_filled_again_by_one_process(place: Place, two: Two, direct: redis.Redis) -> None:
    key = copy_of(direct, place)
    environments = len(place.sql("SELECT 1 FROM evaluation_head"))
    wait_for(lambda: direct.exists(key), seconds=POLL)
    with probing(*two, *place.serve(1)):
        direct.config_resetstat()
        direct.flushall()
        wait_for(lambda: direct.exists(key), seconds=POLL)
        wait_for(lambda: calls(direct, "hmget") >= 3 * 3 * environments, seconds=15)
    assert calls(direct, "hset") == environments


def calls(direct: redis.Redis, command: str) -> int:
    return int(direct.info("commandstats").get(f"cmdstat_{command}", {}).get("calls", 0))


def test_f23_announcements_that_are_lost_are_found_by_the_poll(place: Place, two: Two) -> None:
    first, second = two
    place.redis.alter_down = lambda chunk: b"" if b"flagplatform:revisions" in chunk else chunk
    with probing(first, second) as probe:
        probe.allow(False)
        assert switch(first, False).status_code == 200
        arrive(False, first, second, within=POLL)
        probe.settle(False)


def test_f23_announcements_that_come_twice_late_or_never_happened_change_nothing(
    two: Two, place: Place, direct: redis.Redis
) -> None:
    (found,) = place.sql("SELECT id FROM accounts_environment WHERE key = 'staging'")
    with probing(*two):
        newest = two[0].evaluate("checkout")["config_version"]
        for n in (1, newest, newest, 2, newest + 100, -5):
            direct.publish("flagplatform:revisions", f"{found[0]} {n}")
        for junk in (b"", b"\xff\xfe", b"None 0", b"a b c", b"x" * 100_000):
            direct.publish("flagplatform:revisions", junk)
        time.sleep(1)
        assert two[1].evaluate("checkout")["config_version"] == newest


def test_f23_a_subscription_that_was_cut_without_a_word_is_made_again(place: Place, two: Two) -> None:
    """Redis has dropped it, and the process is not told: only a ping without an answer shows it."""
    first, second = two
    with probing(first, second) as probe:
        place.redis.forget()
        wait_for(lambda: place.listeners() == 0, seconds=15)
        wait_for(lambda: place.listeners() == 2, seconds=30)
        probe.allow(False)
        assert switch(first, False).status_code == 200
        arrive(False, first, second, within=POLL)
        probe.settle(False)


def test_f24_a_copy_that_is_cut_on_its_way_to_redis_is_not_there(place: Place, two: Two, direct: redis.Redis) -> None:
    first, _ = two
    key = copy_of(direct, place)
    with probing(*two) as probe:
        probe.allow(False)
        for n in range(20):
            place.redis.cut_after(37 * n + 5)
            assert switch(first, bool(n % 2)).status_code == 200
            assert not direct.exists(key) or is_whole(direct, key)
        place.redis.heal()
        arrive(True, *two)
        probe.settle(True)
        wait_for(lambda: is_whole(direct, key), seconds=POLL)


def test_c14_a_flag_is_switched_off_while_redis_hangs(place: Place, two: Two) -> None:
    """The request has twenty seconds; the client's own retries would take five for each call."""
    first, second = two
    place.redis_server.process.send_signal(signal.SIGSTOP)
    with probing(first, second) as probe:
        probe.allow(False)
        assert switch(first, False).status_code == 200
        arrive(False, first, second)
        probe.settle(False)
