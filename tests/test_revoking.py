"""A key that is revoked, rotated or expires is dead in every process at once, whichever of them was told."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.conftest import Prepared
from tests.servers import Server, wait_for

pytestmark = pytest.mark.server

DEAD = 3.0  # seconds; it takes less than one where the machine has nothing else to do


@pytest.fixture(scope="module")
def servers(tmp_path_factory: pytest.TempPathFactory, prepared: Prepared) -> Iterator[list[Server]]:
    """Two processes on one embedded database, which have nothing but it to tell each other by."""
    installation = prepared(tmp_path_factory.mktemp("revoking"), POLL_SECONDS="600")
    started = [installation.serve(name) for name in ("first", "second")]
    try:
        first, second = (server.wait(seconds=60) for server in started)
        flag = {"key": "checkout", "environment_key": "staging", "is_enabled": True, "client_visible": True}
        assert first.sign_in().http.post(f"{first.url}/flags", json=flag, timeout=10).status_code == 201
        yield [first, second]
    finally:
        for server in started:
            server.end()


def issued(servers: list[Server], **fields: Any) -> dict[str, Any]:
    """A client key that both processes know."""
    given = {"environment_key": "staging", "kind": "client", "name": "Web", **fields}
    answer = servers[0].http.post(f"{servers[0].url}/api/keys", json=given, timeout=10)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    wait_for(lambda: statuses(servers, made["key"]) == {200}, seconds=15)
    return made


def statuses(servers: list[Server], key: str) -> set[int]:
    """What the processes answer to the key."""
    question = "/evaluate/checkout?environment_key=staging"
    headers = {"X-API-Key": key}
    return {server.http.get(server.url + question, headers=headers, timeout=5).status_code for server in servers}


def dies(servers: list[Server], key: str) -> float:
    return wait_for(lambda: statuses(servers, key) == {401}, seconds=DEAD)


@pytest.mark.parametrize("teller", [0, 1])
@pytest.mark.parametrize("deed", ["revoke", "rotate"])
def test_a_key_that_is_taken_back_is_dead_everywhere(servers: list[Server], deed: str, teller: int) -> None:
    made, told = issued(servers), servers[teller]
    told.http.headers.update(servers[0].http.headers)
    answer = told.http.post(f"{told.url}/api/keys/{made['id']}/{deed}", timeout=10)
    assert answer.status_code in (200, 201), answer.text
    assert statuses([told], made["key"]) == {401}, "at once where it was taken back"
    dies(servers, made["key"])


def test_a_key_that_expires_is_dead_everywhere(servers: list[Server]) -> None:
    until = datetime.now(UTC) + timedelta(seconds=4)
    made = issued(servers, expires_at=until.isoformat())
    wait_for(lambda: datetime.now(UTC) >= until, seconds=15)
    dies(servers, made["key"])
