"""A client of one process hears what was changed through another, with Redis and without."""

import signal
from collections.abc import Iterator

import pytest

from flagkit.client import Client, State
from flagkit.client.options import Options
from tests.faults.test_propagation import edit
from tests.sdk.conftest import issue_key
from tests.servers import Child, Installation, OwnPostgres, Server, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Pair = tuple[Server, Server]


@pytest.fixture
def key(pair: Pair, installation: Installation) -> str:
    return issue_key(pair[1], installation, "server")


@pytest.fixture
def client(pair: Pair, key: str) -> Iterator[Client]:
    """Follows the second process by its stream alone."""
    options = Options(poll=3600, longest_backoff=0.5)
    with Client(pair[1].url, key, "staging", options=options) as client:
        assert client.wait_ready(10)
        wait_for(lambda: client.status.is_streaming and client.status.state is State.READY, seconds=10)
        yield client


def heard(client: Client, revision: int) -> bool:
    found = client.status.revision
    return found is not None and found >= revision


def test_a_change_through_another_process_is_heard_and_without_redis_too(
    pair: Pair, client: Client, redis: Child
) -> None:
    revision = edit(pair[0], 10)
    wait_for(lambda: heard(client, revision), seconds=5)
    redis.end(signal.SIGKILL)
    revision = edit(pair[0], 20)
    wait_for(lambda: heard(client, revision), seconds=10)


def test_with_the_database_away_definitions_are_served_to_newcomers(
    pair: Pair, client: Client, key: str, postgres: OwnPostgres
) -> None:
    postgres.stop()
    with Client(pair[1].url, key, "staging") as newcomer:
        assert newcomer.wait_ready(10)
        assert newcomer.boolean("checkout", "u1") is True
    assert client.status.is_streaming
