"""A change through one process is answered by the other: at once when announced, in seconds when not."""

import signal
import time

import pytest

from tests.servers import Child, OwnPostgres, Server, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Pair = tuple[Server, Server]


def edit(server: Server, percentage: float) -> int:
    """Set the rollout; the revision at which the editing process itself answers from then on."""
    address = f"{server.url}/flags/checkout?environment_key=staging"
    answer = server.http.put(address, json={"rollout_percentage": percentage}, timeout=10)
    assert answer.status_code == 200, answer.text
    version: int = server.evaluate("checkout")["config_version"]
    return version


def seconds_until(server: Server, revision: int, *, within: float) -> float:
    return wait_for(lambda: server.evaluate("checkout")["config_version"] >= revision, seconds=within, every=0.002)


def test_the_editing_process_answers_its_own_change_at_once(pair: Pair) -> None:
    first, _ = pair
    edit(first, 0)
    assert first.evaluate("checkout")["enabled"] is False
    edit(first, 100)
    assert first.evaluate("checkout")["enabled"] is True


def test_the_other_process_answers_within_200_ms(pair: Pair) -> None:
    first, second = pair
    delays = sorted(seconds_until(second, edit(first, n), within=5) for n in range(100))
    assert delays[94] <= 0.2, f"p95 of 100 edits was {delays[94] * 1000:.0f} ms"


def test_without_redis_the_other_process_answers_within_5_s(pair: Pair, redis: Child) -> None:
    first, second = pair
    redis.end(signal.SIGKILL)
    for percentage in (10, 20, 30):
        seconds_until(second, edit(first, percentage), within=5)


def test_with_everything_away_evaluation_answers_and_says_that_it_is_stale(
    pair: Pair, redis: Child, postgres: OwnPostgres
) -> None:
    first, second = pair
    seconds_until(second, edit(first, 100), within=5)
    redis.end(signal.SIGKILL)
    postgres.stop()
    until = time.monotonic() + 12
    while time.monotonic() < until:
        assert first.evaluate("checkout")["enabled"] is True
        assert second.evaluate("checkout")["enabled"] is True
    answer = second.http.get(f"{second.url}/evaluate/checkout?environment_key=staging&user_id=u1", timeout=5)
    assert int(answer.headers["X-Config-Stale"]) >= 10
    refused = first.http.put(f"{first.url}/flags/checkout?environment_key=staging", json={}, timeout=10)
    assert (refused.status_code, refused.json()["code"]) == (503, "database_away")


def test_an_edit_goes_through_again_after_the_database_came_back(pair: Pair, postgres: OwnPostgres) -> None:
    first, second = pair
    postgres.stop()
    time.sleep(3)
    assert second.evaluate("checkout")["enabled"] is True
    postgres.start()
    wait_for(lambda: first.http.get(f"{first.url}/flags", timeout=10).status_code == 200, seconds=15)
    seconds_until(second, edit(first, 0), within=5)
    assert second.evaluate("checkout")["enabled"] is False


def test_a_process_starts_from_its_disk_copy_with_everything_else_down(
    pair: Pair, redis: Child, postgres: OwnPostgres, installation: object
) -> None:
    first, second = pair
    revision = edit(first, 100)
    seconds_until(second, revision, within=5)
    time.sleep(3)
    redis.end(signal.SIGKILL)
    postgres.stop()
    third = installation.serve("third").wait()  # type: ignore[attr-defined]
    try:
        assert third.evaluate("checkout")["config_version"] == revision
    finally:
        third.end()
