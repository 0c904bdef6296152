"""Rules as the API takes them, and the documents that they become: ids and salts move nobody who need not move."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from flagkit.engine import Context, Ruleset, compile_flag
from flags.documents import documents
from flags.models import Flag, FlagConfig
from flags.services import update_config, update_flag

SEED_RULE = {
    "conditions": [
        {"attribute": "country", "operator": "in", "value": ["US", "CA"]},
        {"attribute": "plan", "operator": "notIn", "value": ["free"]},
    ],
    "serve": {"variant": "blue"},
}
HALVES = {"split": [{"variant": "red", "weight": 50}, {"variant": "blue", "weight": 50}]}
PRO = {"attribute": "plan", "operator": "eq", "value": "pro"}
USERS = [f"user-{n}" for n in range(300)]


@pytest.fixture
def bobs(api: Callable[[User], APIClient], bob: User) -> APIClient:
    return api(bob)


def answers(environment: Environment, attributes: dict[str, Any] | None = None) -> list[Any]:
    """The value of `colour` for each of the users, as the engine decides it."""
    document = documents(environment, ["colour"])["colour"]
    ruleset = Ruleset({"colour": compile_flag(document)})
    return [ruleset.evaluate("colour", Context(user, attributes or {})).variant for user in USERS]


def configured(flag: Flag, environment: Environment, by: User, **fields: Any) -> FlagConfig:
    return update_config(flag, environment, by=by, is_enabled=True, **fields)


def test_the_seeds_rule_is_taken_as_it_is_written(bobs: APIClient, staging: Environment, colour: Flag) -> None:
    answer = bobs.put("/flags/colour?environment_key=staging", {"is_enabled": True, "rules": [SEED_RULE]})
    assert answer.status_code == 200, answer.json()
    assert set(answers(staging, {"country": "US", "plan": "pro"})) == {"blue"}
    assert set(answers(staging, {"country": "US", "plan": "free"})) == {"red"}


def test_a_rule_gets_an_id_and_keeps_it(bobs: APIClient, colour: Flag) -> None:
    path = "/flags/colour/environments/staging"
    [first] = bobs.put(path, {"rules": [SEED_RULE]}).json()["rules"]
    [again] = bobs.put(path, {"rules": [{**first, "name": "America"}]}).json()["rules"]
    assert first["id"]
    assert again == {**first, "name": "America"}


def test_a_rules_fields_may_be_in_camel_case(bobs: APIClient, colour: Flag) -> None:
    rule = {**SEED_RULE, "rolloutPercentage": 12.5, "onGateMiss": "off", "activeFrom": "2026-01-01"}
    [shown] = bobs.put("/flags/colour/environments/staging", {"rules": [rule]}).json()["rules"]
    assert (shown["rollout_percentage"], shown["on_gate_miss"], shown["active_from"]) == (12.5, "off", "2026-01-01")


def test_null_says_that_there_is_none(bobs: APIClient, colour: Flag) -> None:
    rule = {**SEED_RULE, "id": None, "active_from": None, "rollout_percentage": None}
    [shown] = bobs.put("/flags/colour/environments/staging", {"rules": [rule]}).json()["rules"]
    assert set(shown) == {"id", "conditions", "serve"}


def test_what_was_read_may_be_sent_back(bobs: APIClient, bob: User, staging: Environment, colour: Flag) -> None:
    configured(colour, staging, bob, serve=HALVES, rules=[{"serve": HALVES}], targets=[target("red")])
    path = "/flags/colour/environments/staging"
    read = bobs.get(path).json()
    assert bobs.put(path, read).json()["version"] == read["version"]


def target(variant: str, *keys: str) -> dict[str, Any]:
    return {"variant": variant, "keys": list(keys) or ["alice"]}


def test_reordering_renaming_and_describing_rules_move_nobody(bob: User, staging: Environment, colour: Flag) -> None:
    one = {"id": "one", "when": PRO, "serve": HALVES}
    two = {"id": "two", "when": {"not": PRO}, "rollout_percentage": 40, "serve": HALVES}
    configured(colour, staging, bob, rules=[one, two])
    before = [answers(staging, {"plan": plan}) for plan in ("pro", "free")]
    configured(colour, staging, bob, rules=[{**two, "description": "New."}, {**one, "name": "First"}])
    assert [answers(staging, {"plan": plan}) for plan in ("pro", "free")] == before


def test_raising_a_rules_percentage_takes_it_from_nobody(bob: User, staging: Environment, colour: Flag) -> None:
    rule = {"id": "eu", "serve": {"variant": "blue"}, "rollout_percentage": 20}
    configured(colour, staging, bob, rules=[rule])
    before = answers(staging)
    configured(colour, staging, bob, rules=[{**rule, "rollout_percentage": 60}])
    after = answers(staging)
    assert 0 < before.count("blue") < after.count("blue") < len(USERS)
    assert all(new == "blue" for old, new in zip(before, after, strict=True) if old == "blue")


def test_a_rules_gate_and_its_split_are_independent(bob: User, staging: Environment, colour: Flag) -> None:
    configured(
        colour, staging, bob, rules=[{"id": "eu", "serve": HALVES, "rollout_percentage": 50}], serve={"off": True}
    )
    served = answers(staging)
    assert {"red", "blue", None} == set(served)


def test_a_target_has_its_own_answer(bob: User, staging: Environment, colour: Flag) -> None:
    configured(colour, staging, bob, targets=[target("blue", "user-7")])
    assert [user for user, variant in zip(USERS, answers(staging), strict=True) if variant == "blue"] == ["user-7"]


def test_the_engines_own_forms_are_served(bob: User, staging: Environment, colour: Flag) -> None:
    arms = [{"variant": "red", "ranges": [[0, 10]]}, {"variant": "blue", "ranges": [[10, 100]]}]
    split = {"split": {"salt": "own", "by": "company", "buckets": 100, "arms": arms}}
    rollout = {"rollout": {"salt": "s", "ranges": [[0, 50_000]], "variant": "red", "otherwise": "blue"}}
    config = configured(colour, staging, bob, serve=split, rules=[{"when": PRO, "serve": rollout}])
    assert config.serve == split
    assert len(set(answers(staging, {"company": "acme"}))) == 1
    assert set(answers(staging, {"plan": "pro"})) == {"red", "blue"}


def test_a_variant_that_a_rule_serves_cannot_be_removed(
    bobs: APIClient, bob: User, staging: Environment, colour: Flag
) -> None:
    configured(colour, staging, bob, rules=[SEED_RULE])
    answer = bobs.put("/flags/colour", {"variants": colour.variants[:1]})
    assert answer.json()["fields"] == {"rules.0.serve": ["staging: the flag has no variant blue."]}


def test_a_description_of_a_rule_is_not_published(bob: User, staging: Environment, colour: Flag) -> None:
    configured(colour, staging, bob, rules=[{**SEED_RULE, "id": "eu"}])
    before = documents(staging, ["colour"])
    configured(colour, staging, bob, rules=[{**SEED_RULE, "id": "eu", "description": "For people."}])
    assert documents(staging, ["colour"]) == before


def test_a_flag_is_made_with_its_rules(bobs: APIClient, staging: Environment) -> None:
    body = {"key": "fresh", "environment_key": "staging", "rules": [{"serve": {"variant": "on"}}]}
    assert bobs.post("/flags", body).status_code == 201
    assert update_flag(Flag.objects.get(key="fresh"), by=User.objects.get(email="bob@example.com")).pk
    assert len(FlagConfig.objects.get().rules) == 1
