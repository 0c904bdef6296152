"""A client that followed by changes, one that took a snapshot, and the server itself answer alike."""

from collections.abc import Callable
from random import Random
from typing import Any

import pytest

from flagkit.client import Client
from flagkit.client.options import Options
from tests.sdk.conftest import edit
from tests.servers import Server, wait_for

pytestmark = pytest.mark.server
KEYS = [f"flag-{n}" for n in range(6)]
PLANS = ["free", "pro", None]


def random_edit(server: Server, chance: Random, made: set[str]) -> None:
    key = chance.choice(KEYS)
    if chance.random() < 0.25 and "beta" in made:
        edit(server, "PUT", "audiences/beta?environment_key=staging", included=some_users(chance))
    elif "beta" not in made:
        edit(server, "POST", "audiences", key="beta", included=some_users(chance))
        made.add("beta")
    elif key not in made:
        edit(server, "POST", "flags", key=key, flag_type="percentage", **config(chance))
        made.add(key)
    elif chance.random() < 0.15:
        edit(server, "POST", f"flags/{key}/archive")
        edit(server, "DELETE", f"flags/{key}")
        made.discard(key)
    else:
        edit(server, "PUT", f"flags/{key}", **config(chance))


def config(chance: Random) -> dict[str, Any]:
    percentage = chance.randrange(0, 10_001) / 100
    return {"is_enabled": chance.random() < 0.9, "rollout_percentage": percentage, "rules": rules(chance)}


def rules(chance: Random) -> list[dict[str, Any]]:
    by_plan = {"attribute": "plan", "operator": "in", "value": ["pro"]}
    by_audience = {"operator": "in_audience", "value": "beta"}
    return [
        {
            "id": f"r{n}",
            "when": chance.choice([by_plan, by_audience]),
            "serve": {"variant": chance.choice(["on", "off"])},
        }
        for n in range(chance.randrange(3))
    ]


def some_users(chance: Random) -> list[str]:
    return sorted({f"u{chance.randrange(40)}" for _ in range(10)})


def asked_of_server(server: Server, key: str, user: str, plan: str | None) -> tuple[Any, ...]:
    question = {"environment_key": "staging", "user_id": user, "context": {"plan": plan}}
    answer = server.http.post(f"{server.url}/evaluate/{key}", json=question, timeout=10)
    if answer.status_code == 404:
        return (None, "FLAG_NOT_FOUND")
    found = answer.json()
    return tuple(found[name] for name in ("value", "variant", "reason", "enabled", "detail", "config_version"))


def asked_of_client(client: Client, key: str, user: str, plan: str | None) -> tuple[Any, ...]:
    found = client.evaluate(key, {"targeting_key": user, "plan": plan})
    if found.error is not None:
        return (None, found.error)
    return (found.value, found.variant, found.reason, found.enabled, found.detail, found.revision)


@pytest.mark.parametrize("seed", [1, 2])
def test_changes_and_snapshot_and_server_give_the_same_answers(
    server: Server, client_of: Callable[..., Client], seed: int
) -> None:
    chance = Random(seed)
    follower, made = client_of(options=Options(poll=3600)), standing(server)
    assert follower.wait_ready(10)
    for _ in range(25):
        random_edit(server, chance, made)
    revision = server.http.get(f"{server.url}/health", timeout=5).json()["config_versions"]["staging"]
    newcomer = client_of(options=Options(streaming=False))
    for client in (follower, newcomer):
        wait_for(lambda: client.status.revision == revision, seconds=10)  # noqa: B023 - waited for within the loop
    for key in (*KEYS, "checkout"):
        for _ in range(15):
            who = (f"u{chance.randrange(40)}", chance.choice(PLANS))
            expected = asked_of_server(server, key, *who)
            assert asked_of_client(follower, key, *who) == expected
            assert asked_of_client(newcomer, key, *who) == expected


def standing(server: Server) -> set[str]:
    """What an earlier run has made."""
    flags = server.http.get(f"{server.url}/api/flags?page_size=100", timeout=5).json()["data"]
    audiences = server.http.get(f"{server.url}/api/audiences?environment_key=staging", timeout=5).json()["data"]
    return {each["key"] for each in (*flags, *audiences)}
