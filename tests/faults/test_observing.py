"""What a real server tells of itself: usage that outlives it, metrics, log lines, and when it is ready."""

import json
import shutil
import signal

import pytest

from tests.servers import Child, Installation, OwnPostgres, Server, wait_for

pytestmark = [pytest.mark.server, pytest.mark.postgres, pytest.mark.redis]
Pair = tuple[Server, Server]


def total(server: Server) -> int:
    answer = server.http.get(f"{server.url}/api/flags/checkout/usage?environment_key=staging", timeout=10)
    assert answer.status_code == 200, answer.text
    found: int = answer.json()["total"]
    return found


def metrics(server: Server) -> dict[str, float]:
    """Sample by its name and labels, as they are written."""
    answer = server.http.get(f"{server.url}/metrics", timeout=10)
    assert answer.status_code == 200, answer.text
    lines = (line.rpartition(" ") for line in answer.text.splitlines() if not line.startswith("#"))
    return {name: float(value) for name, _, value in lines}


def edit(server: Server, percentage: int) -> None:
    address = f"{server.url}/flags/checkout?environment_key=staging"
    assert server.http.put(address, json={"rollout_percentage": percentage}, timeout=10).status_code == 200


def test_every_evaluation_of_two_processes_is_stored_once_over_edits_and_a_stop(pair: Pair) -> None:
    first, second = pair
    for n in range(100):
        first.evaluate("checkout", user=f"u{n}")
        second.evaluate("checkout", user=f"u{n}")
        if n % 10 == 0:
            edit(first, n)
    assert second.end() in (0, -signal.SIGTERM)
    wait_for(lambda: total(first) == 200, seconds=15)


def test_usage_waits_for_a_database_that_is_away(pair: Pair, postgres: OwnPostgres) -> None:
    first, _ = pair
    postgres.stop()
    for n in range(50):
        first.evaluate("checkout", user=f"u{n}")
    failed = 'flagplatform_usage_flushes_total{result="failed"}'
    wait_for(lambda: metrics(first)[failed] > 0, seconds=20)
    postgres.start()
    wait_for(lambda: first.http.get(f"{first.url}/flags", timeout=10).status_code == 200, seconds=15)
    wait_for(lambda: total(first) == 50, seconds=20)


def test_metrics_of_a_process(pair: Pair) -> None:
    first, _ = pair
    for _ in range(7):
        first.evaluate("checkout")
    edit(first, 50)
    found = metrics(first)
    place = 'environment="staging",project="default"'
    named = {name: value for name, value in found.items() if "evaluations_total{" in name}
    assert sum(named.values()) == 7
    assert all('flag="checkout"' in name for name in named)
    assert found["flagplatform_decision_seconds_count"] == 7
    assert found[f"flagplatform_config_revision{{{place}}}"] == 2
    assert found[f"flagplatform_config_unconfirmed_seconds{{{place}}}"] < 10
    assert found["process_resident_memory_bytes"] > 1_000_000
    wait_for(lambda: metrics(first)["flagplatform_announcements_total"] >= 1, seconds=5)


def test_from_elsewhere_metrics_take_a_token(installation: Installation) -> None:
    installation.env["METRICS_TOKEN"] = "a-secret-token"
    server = installation.serve("guarded").wait()
    try:
        refused = server.http.get(f"{server.url}/metrics", timeout=5)
        assert (refused.status_code, refused.json()["code"]) == (401, "metrics_token_missing")
        server.http.headers["Authorization"] = "Bearer a-secret-token"
        assert "flagplatform_ready 1.0" in server.http.get(f"{server.url}/metrics", timeout=5).text
    finally:
        server.end()


def test_ready_only_with_data(installation: Installation, postgres: OwnPostgres, redis: Child) -> None:
    redis.end(signal.SIGKILL)
    postgres.stop()
    shutil.rmtree(installation.folder / "snapshots", ignore_errors=True)
    server = installation.serve("empty").wait("/livez")
    try:
        answer = server.http.get(f"{server.url}/readyz", timeout=5)
        assert (answer.status_code, server.http.get(f"{server.url}/health", timeout=5).json()["status"]) == (
            503,
            "starting",
        )
        postgres.start()
        server.wait("/readyz")
        postgres.stop()
        wait_for(lambda: metrics(server)['flagplatform_polls_total{result="failed"}'] > 2, seconds=20)
        assert server.http.get(f"{server.url}/readyz", timeout=5).status_code == 200
    finally:
        server.end()


def test_every_line_of_a_server_is_json(installation: Installation) -> None:
    installation.env |= {"LOG_FORMAT": "json", "LOG_LEVEL": "INFO"}
    server = installation.serve("talking").wait().sign_in()
    answer = server.http.get(f"{server.url}/flags?search=private", headers={"X-Request-ID": "abc-1"}, timeout=5)
    server.end()
    assert answer.headers["X-Request-ID"] == "abc-1"
    lines = [json.loads(line) for line in server.log.read_text().splitlines()]
    assert [line["facts"]["status"] for line in lines if line.get("request_id") == "abc-1"] == [200]
    assert {line["logger"] for line in lines} == {"uvicorn.error", "flagplatform.requests"}
    assert "private" not in server.log.read_text()
