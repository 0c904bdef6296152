"""Rules, targets and prerequisites that cannot be meant are refused at the field that is wrong, and change nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import User
from flags.models import Flag, FlagConfig

ON: dict[str, Any] = {"serve": {"variant": "red"}}
PRO = {"attribute": "plan", "operator": "eq", "value": "pro"}


def deep(levels: int) -> dict[str, Any]:
    condition: dict[str, Any] = PRO
    for _ in range(levels):
        condition = {"not": condition}
    return condition


BAD: list[tuple[str, Any, str]] = [
    ("rules", {}, "rules"),
    ("rules", None, "rules"),
    ("rules", ["eu"], "rules.0"),
    ("rules", [{}], "rules.0.serve"),
    ("rules", [ON, {"serve": None}], "rules.1.serve"),
    ("rules", [{"serve": {}}], "rules.0.serve"),
    ("rules", [{"serve": {"variant": "green"}}], "rules.0.serve"),
    ("rules", [{"serve": {"variant": "red", "off": True}}], "rules.0.serve"),
    ("rules", [{"serve": {"off": False}}], "rules.0.serve.off"),
    ("rules", [{"serve": {"split": [{"variant": "red", "weight": 99}]}}], "rules.0.serve.split"),
    ("rules", [{"serve": {"split": {"salt": "s"}}}], "rules.0.serve.split"),
    ("rules", [{"serve": {"split": {"salt": "s", "arms": [{"variant": "red", "ranges": [[0, 5]]}]}}}], "rules.0"),
    ("rules", [{"serve": {"rollout": {"salt": "s"}}}], "rules.0.serve.rollout"),
    ("rules", [{**ON, "id": "has space"}], "rules.0.id"),
    ("rules", [{**ON, "id": "same"}, {**ON, "id": "same"}], "rules.1.id"),
    ("rules", [{**ON, "nmae": "x"}], "rules.0.nmae"),
    ("rules", [{**ON, "name": 7}], "rules.0.name"),
    ("rules", [{**ON, "when": PRO, "conditions": [PRO]}], "rules.0.when"),
    ("rules", [{**ON, "when": []}], "rules.0.when"),
    ("rules", [{**ON, "conditions": {}}], "rules.0.conditions"),
    ("rules", [{**ON, "conditions": ["plan"]}], "rules.0.conditions.0"),
    ("rules", [ON, {**ON, "conditions": [{"attribute": "plan", "operator": "like", "value": "x"}]}], "rules.1"),
    ("rules", [{**ON, "conditions": [{"attribute": "a", "operator": "matches", "value": "(?=x)"}]}], "rules.0"),
    ("rules", [{**ON, "conditions": [{"operator": "in_audience", "value": "nobody"}]}], "rules.0"),
    ("rules", [{**ON, "rollout_percentage": "30"}], "rules.0.rollout_percentage"),
    ("rules", [{**ON, "rollout_percentage": 100.001}], "rules.0.rollout_percentage"),
    ("rules", [{**ON, "gates": [{"ranges": [[0, 5]]}]}], "rules.0"),
    ("rules", [{**ON, "on_gate_miss": "stop"}], "rules.0.on_gate_miss"),
    ("rules", [{**ON, "active_from": "tomorrow"}], "rules.0"),
    ("rules", [ON] * 201, "rules"),
    ("targets", {}, "targets"),
    ("targets", [{"variant": "red"}], "targets.0.keys"),
    ("targets", [{"variant": "green", "keys": ["alice"]}], "targets.0.variant"),
    ("targets", [{"variant": "red", "keys": [7]}], "targets.0.keys.0"),
    ("targets", [{"variant": "red", "keys": [""]}], "targets.0.keys.0"),
    ("targets", [{"variant": "red", "keys": ["a" * 513]}], "targets.0.keys.0"),
    ("targets", [{"variant": "red", "keys": ["alice"], "by": 7}], "targets.0.by"),
    ("targets", [{"variant": "red", "keys": [str(n) for n in range(60_000)]}] * 2, "targets"),
    ("prerequisites", {}, "prerequisites"),
    ("prerequisites", [{"flag": "parent"}], "prerequisites.0.variants"),
    ("prerequisites", [{"flag": "nothing", "enabled": True}], "prerequisites.0.flag"),
    ("prerequisites", [{"flag": "parent", "enabled": "yes"}], "prerequisites.0.enabled"),
    ("prerequisites", [{"flag": "parent", "variants": []}], "prerequisites.0.variants"),
    ("prerequisites", [{"flag": "parent", "variants": ["maybe"]}], "prerequisites.0.variants"),
    ("prerequisites", [{"flag": "colour", "variants": ["red"]}], "prerequisites"),
    ("prerequisites", [{"flag": "parent", "enabled": True}] * 101, "prerequisites"),
]


@pytest.fixture
def alices(api: Callable[[User], APIClient], alice: User, colour: Flag) -> APIClient:
    client = api(alice)
    assert client.post("/flags", {"key": "parent"}).status_code == 201
    return client


@pytest.mark.parametrize(("field", "value", "where"), BAD, ids=lambda value: str(value)[:40])
def test_what_cannot_be_meant_is_refused(
    alices: APIClient, written: Callable[[], int], field: str, value: Any, where: str
) -> None:
    before = written()
    answer = alices.put("/flags/colour/environments/staging", {field: value})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [where])
    assert (written(), FlagConfig.objects.count()) == (before, 0)


def test_a_condition_that_is_nested_too_deep_is_refused(alices: APIClient) -> None:
    answer = alices.put("/flags/colour/environments/staging", {"rules": [{**ON, "when": deep(30)}]})
    assert answer.status_code == 400


def test_the_reason_is_the_engines_own_sentence(alices: APIClient) -> None:
    rules = [{**ON, "conditions": [{"attribute": "age", "operator": "gt", "value": "old"}]}]
    answer = alices.put("/flags/colour/environments/staging", {"rules": rules})
    assert answer.json()["fields"] == {"rules.0": ["staging: 'old' is not a number."]}


def test_a_new_flag_with_a_bad_rule_is_not_made(alices: APIClient) -> None:
    body = {"key": "fresh", "environment_key": "staging", "rules": [{"serve": {"variant": "maybe"}}]}
    assert list(alices.post("/flags", body).json()["fields"]) == ["rules.0.serve"]
    assert not Flag.objects.filter(key="fresh").exists()
