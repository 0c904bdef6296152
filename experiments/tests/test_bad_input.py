"""What an experiment is refused as: each bad value at its field, in a sentence, and nothing is written."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from accounts.places import create_project
from experiments.layers import create_layer
from experiments.models import Experiment
from flags.audiences import create_audience
from flags.services import create_flag

Make = Callable[..., Experiment]
ELSEWHERE = "00000000-0000-0000-0000-000000000000"
CONDITION = {"attribute": "country", "operator": "in", "value": ["US"]}
BAD = [
    ("key", "has space", "key"),
    ("key", "", "key"),
    ("key", "a" * 101, "key"),
    ("key", None, "key"),
    ("key", 7, "key"),
    ("name", None, "name"),
    ("name", "a" * 201, "name"),
    ("description", "a" * 2001, "description"),
    ("hypothesis", ["Green sells."], "hypothesis"),
    ("owner", "nobody@example.com", "owner"),
    ("owner", 7, "owner"),
    ("tags", "checkout", "tags"),
    ("tags", ["has space"], "tags.0"),
    ("salt", "", "salt"),
    ("salt", "a" * 65, "salt"),
    ("salt", "\n", "salt"),
    ("salt", 7, "salt"),
    ("algorithm", "crc32", "algorithm"),
    ("algorithm", True, "algorithm"),
    ("audience", "nobody", "audience"),
    ("audience", ELSEWHERE, "audience"),
    ("audience_id", 7, "audience"),
    ("audience", "production-only", "audience"),
    ("flag", "nothing", "flag"),
    ("flag", "of-shop", "flag"),
    ("flag", ["button"], "flag"),
    ("layer", "nothing", "layer"),
    ("layer", "production-only", "layer"),
    ("layer_share", 100, "layer_share"),
    ("layer_ranges", [[0, 99]], "layer_ranges"),
    ("targeting_rules", {}, "targeting_rules"),
    ("targeting_rules", ["US"], "targeting_rules.0"),
    ("targeting_rules", [{"serve": {"variant": "on"}}], "targeting_rules.0.serve"),
    ("targeting_rules", [{"conditions": CONDITION}], "targeting_rules.0.conditions"),
    ("targeting_rules", [{"conditions": [{**CONDITION, "operator": "like"}]}], "targeting_rules.0"),
    ("targeting_rules", [{"conditions": [{"operator": "in_audience", "value": "testers"}]}], "targeting_rules.0"),
    ("targeting_rules", [{"id": "a"}, {"id": "a"}], "targeting_rules.1.id"),
    ("targeting_rules", [{}] * 201, "targeting_rules"),
    ("rollout", 50, "rollout"),
    ("status", "RUNNING", "status"),
    ("winner", "control", "winner"),
]


@pytest.fixture(autouse=True)
def _places(alice: User, staging: Environment, production: Environment) -> None:
    create_audience(staging, by=alice, key="testers")
    create_audience(production, by=alice, key="production-only")
    create_layer(production, by=alice, key="production-only")
    create_flag(create_project(by=alice, key="shop", name="Shop"), by=alice, key="of-shop")


@pytest.mark.parametrize(("field", "value", "where"), BAD)
def test_bad_input_creates_and_changes_nothing(
    bobs: APIClient, written: Callable[[], int], drafted: Make, field: str, value: Any, where: str
) -> None:
    experiment, before = drafted(), written()
    given = {"key": "fresh", "environment_key": "staging", field: value}
    for refused in (
        bobs.post("/experiments", given),
        bobs.patch(f"/experiments/{experiment.pk}", {field: value}),
    ):
        assert (refused.status_code, list(refused.json()["fields"])) == (400, [where]), refused.json()
    assert (written(), Experiment.objects.count()) == (before, 1)


@pytest.mark.parametrize(
    "body", ["", "[]", "7", '"key"', "{", '{"name": NaN}', '{"name": "\\ud800"}', '{"audience": "\\u0000"}']
)
def test_bodies_that_are_no_object_are_refused(bobs: APIClient, drafted: Make, body: str) -> None:
    for method, path in (("PATCH", f"/experiments/{drafted().pk}/status"), ("POST", "/experiments")):
        refused = bobs.generic(method, path, body, content_type="application/json")
        assert refused.status_code == 400, refused.content


@pytest.mark.parametrize(
    ("status", "body"),
    [(400, {}), (400, {"status": None}), (400, {"status": "running"}), (400, {"status": ["RUNNING"]})],
)
def test_a_status_is_one_of_four(bobs: APIClient, drafted: Make, status: int, body: Any) -> None:
    refused = bobs.patch(f"/experiments/{drafted().pk}/status", body)
    assert (refused.status_code, list(refused.json()["fields"])) == (status, ["status"])


def test_a_move_that_is_not_possible_is_422_and_names_those_that_are(bobs: APIClient, drafted: Make) -> None:
    refused = bobs.patch(f"/experiments/{drafted().pk}/status", {"status": "PAUSED"})
    assert (refused.status_code, refused.json()["code"]) == (422, "move_not_possible")
    assert "RUNNING or ARCHIVED" in refused.json()["message"]


def test_starting_what_is_not_ready_is_422_and_says_what_is_missing(bobs: APIClient) -> None:
    made = bobs.post("/experiments", {"key": "fresh", "environment_key": "staging"}).json()
    refused = bobs.patch(f"/experiments/{made['id']}/status", {"status": "RUNNING"})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_ready")
    assert "at least two variants" in refused.json()["message"]


@pytest.mark.parametrize("variant", [None, 7, "", ["control"]])
def test_a_winner_is_named_by_text(bobs: APIClient, started: Make, variant: Any) -> None:
    refused = bobs.post(f"/experiments/{started().pk}/conclude", {"variant": variant})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["variant"])


def test_a_key_is_there_once_in_an_environment(bobs: APIClient, drafted: Make) -> None:
    drafted("fresh")
    refused = bobs.post("/experiments", {"key": "fresh", "environment_key": "staging"})
    assert (refused.status_code, refused.json()["code"]) == (409, "experiment_exists")
    assert bobs.post("/experiments", {"key": "fresh", "environment_key": "development"}).status_code == 201


def test_an_experiment_keeps_its_key(bobs: APIClient, drafted: Make) -> None:
    refused = bobs.patch(f"/experiments/{drafted().pk}", {"key": "other"})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["key"])
