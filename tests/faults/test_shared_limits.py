"""One limit holds for all processes of an installation, and for each by itself while Redis is away."""

import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers import Child, Installation, Server, end_all, free_port, own_redis, wait_for

pytestmark = [pytest.mark.server, pytest.mark.redis]

LIMIT = 120  # a minute; two come back in each second
Pair = tuple[Server, Server]


@pytest.fixture
def redis_url() -> str:
    return f"redis://127.0.0.1:{free_port()}/0"


@pytest.fixture
def redis(tmp_path: Path, redis_url: str) -> Iterator[Child]:
    with own_redis(tmp_path, int(redis_url.split(":")[2].split("/")[0])) as server:
        yield server


@pytest.fixture
def pair(tmp_path: Path, redis_url: str, redis: Child) -> Iterator[Pair]:
    """Two processes on one database that limit each address together."""
    installation = Installation(tmp_path, REDIS_URL=redis_url, RATE_LIMIT_ADDRESS=str(LIMIT))
    installation.manage("migrate", "--verbosity", "0")
    first, second = (installation.serve(name, "flagplatform.asgi:decision") for name in ("first", "second"))
    try:
        yield first.wait(), second.wait()
    finally:
        end_all(first, second)


def is_granted(server: Server) -> bool:
    """Whether a question is let in; the flag does not exist, which counts as any other."""
    answer = server.http.get(f"{server.url}/evaluate/none?environment_key=staging", timeout=5)
    assert answer.status_code in (404, 429), answer.text
    return answer.status_code == 404


def granted_until_refused(server: Server) -> int:
    """How many questions are let in before one is refused, without waiting in between."""
    return next(count for count in range(10 * LIMIT) if not is_granted(server))


def test_what_one_process_granted_the_other_one_does_not(pair: Pair) -> None:
    first, second = pair
    assert granted_until_refused(first) >= LIMIT
    granted = [is_granted(second)]  # it asks the others about an address that has asked it

    def refuses() -> bool:
        granted.append(is_granted(second))
        return not granted[-1]

    wait_for(refuses, seconds=20, every=0.2)
    assert sum(granted) < LIMIT / 2


def test_without_redis_each_process_limits_by_itself(pair: Pair, redis: Child) -> None:
    redis.end(signal.SIGKILL)
    assert all(LIMIT <= granted_until_refused(server) < 2 * LIMIT for server in pair)


def test_what_redis_keeps_goes_by_itself(pair: Pair, redis_url: str) -> None:
    import redis as client

    with client.Redis.from_url(redis_url) as direct:
        is_granted(pair[0])
        wait_for(lambda: direct.keys("flagplatform:limit:address:*"), seconds=20, every=0.01)
        wait_for(lambda: not direct.keys("flagplatform:limit:*"), seconds=20)
