"""A split whose weights change moves the fewest users, whoever reorders or sends back what."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from flagkit.engine.slots import moves
from flags.documents import document_of
from flags.models import Flag, FlagConfig
from flags.slot_maps import arms_of

PATH = "/flags/colour/environments/staging"


@pytest.fixture
def bobs(api: Callable[[User], APIClient], bob: User) -> APIClient:
    return api(bob)


def split(**weights: float) -> dict[str, Any]:
    return {"split": [{"variant": variant, "weight": weight} for variant, weight in weights.items()]}


def saved(client: APIClient, **weights: float) -> list[dict[str, Any]]:
    """The arms of the default after it was set to these weights over HTTP."""
    answer = client.put(PATH, {"serve": split(**weights)})
    assert answer.status_code == 200, answer.json()
    return arms_of(answer.json()["serve"]["split"])


def test_a_new_split_lies_side_by_side(bobs: APIClient, colour: Flag) -> None:
    assert saved(bobs, red=33.333, blue=66.667) == [
        {"variant": "red", "ranges": [[0, 33_333]]},
        {"variant": "blue", "ranges": [[33_333, 100_000]]},
    ]


def test_changed_weights_move_no_more_than_they_must(bobs: APIClient, colour: Flag) -> None:
    before = saved(bobs, red=50, blue=50)
    assert moves(before, saved(bobs, red=60, blue=40)) == {("blue", "red"): 10_000}


def test_the_order_of_the_arms_moves_nobody(bobs: APIClient, colour: Flag) -> None:
    before = saved(bobs, red=30, blue=70)
    assert moves(before, saved(bobs, blue=70, red=30)) == {}


def test_buckets_that_are_sent_are_left_aside(bobs: APIClient, colour: Flag) -> None:
    before = saved(bobs, red=50, blue=50)
    sent = [{**arm, "weight": 50} for arm in reversed(before)]
    sent[0]["ranges"], sent[1]["ranges"] = sent[1]["ranges"], sent[0]["ranges"]
    assert moves(before, arms_of(bobs.put(PATH, {"serve": {"split": sent}}).json()["serve"]["split"])) == {}


def test_a_rule_keeps_its_buckets_wherever_it_stands(bobs: APIClient, colour: Flag) -> None:
    rule = {"id": "eu", "serve": split(red=50, blue=50)}
    [before] = bobs.put(PATH, {"rules": [rule]}).json()["rules"]
    changed = [{"id": "new", "serve": split(red=10, blue=90)}, {**rule, "serve": split(red=45, blue=55)}]
    after = bobs.put(PATH, {"rules": changed}).json()["rules"][1]
    assert moves(arms_of(before["serve"]["split"]), arms_of(after["serve"]["split"])) == {("red", "blue"): 5_000}


def test_a_split_of_an_older_release_stays_where_it_was(bobs: APIClient, colour: Flag, staging: Environment) -> None:
    config = FlagConfig.objects.create(flag=colour, environment=staging, serve=split(red=50, blue=50))
    before = document_of(colour, config)["serve"]["split"]["arms"]
    assert before == [{"variant": "red", "ranges": [[0, 50_000]]}, {"variant": "blue", "ranges": [[50_000, 100_000]]}]
    assert moves(before, saved(bobs, red=25, blue=75)) == {("red", "blue"): 25_000}
