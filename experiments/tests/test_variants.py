"""The variants of an experiment: one at a time, and many at once where one bad one saves nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from experiments.life_cycle import move
from experiments.models import Experiment, Variant
from experiments.services import create_experiment
from experiments.variants import update_variant
from flags.models import Flag

Make = Callable[..., Experiment]


def keys(experiment: Experiment) -> list[str]:
    return [variant.key for variant in experiment.variants.all()]


def variants_of(experiment: Experiment) -> str:
    return f"/experiments/{experiment.pk}/variants"


def test_a_variant_is_added_changed_and_deleted(bobs: APIClient, drafted: Make) -> None:
    path = variants_of(drafted())
    made = bobs.post(path, {"key": "third", "name": "Red", "payload": {"color": "#f00"}})
    assert made.status_code == 201, made.json()
    one = made["Location"]
    assert bobs.get(one).json() == made.json() == bobs.get(f"{path}/third").json()
    changed = bobs.patch(one, {"key": "red", "payload": {"color": {"dark": [1, 2.5, None, True]}}}).json()
    assert (changed["key"], changed["payload"]) == ("red", {"color": {"dark": [1, 2.5, None, True]}})
    assert [variant["key"] for variant in bobs.get(path).json()["data"]] == ["control", "treatment", "red"]
    assert bobs.delete(one).status_code == 204
    assert bobs.get(one).json()["code"] == "variant_not_found"


def test_a_payload_of_true_instead_of_1_is_saved(bobs: APIClient, drafted: Make) -> None:
    path = f"{variants_of(drafted())}/control"
    bobs.patch(path, {"payload": {"a": 1}})
    bobs.patch(path, {"payload": {"a": True}})
    assert bobs.get(path).json()["payload"]["a"] is True


def test_what_was_read_may_be_sent_back(bobs: APIClient, drafted: Make) -> None:
    path = f"{variants_of(drafted())}/control"
    read = bobs.get(path).json()
    assert bobs.put(path, read).json() == read


def test_a_lost_race_is_told(bobs: APIClient, alice: User, drafted: Make) -> None:
    experiment = drafted()
    path = f"{variants_of(experiment)}/control"
    read = bobs.get(path)
    update_variant(experiment.variants.get(key="control"), by=alice, name="Somebody else's")
    assert bobs.put(path, {**read.json(), "name": "Mine"}).status_code == 412
    assert bobs.patch(path, {"name": "Mine"}, headers={"If-Match": read["ETag"]}).status_code == 412
    assert bobs.delete(path, headers={"If-Match": read["ETag"]}).status_code == 412


def test_another_experiments_variant_is_none_of_this_one(bobs: APIClient, drafted: Make) -> None:
    other = drafted("other").variants.get(key="control")
    assert bobs.get(f"{variants_of(drafted())}/{other.pk}").status_code == 404


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({}, "key"),
        ({"key": "has space"}, "key"),
        ({"key": None}, "key"),
        ({"key": 7}, "key"),
        ({"key": "third", "name": 7}, "name"),
        ({"key": "third", "payload": []}, "payload"),
        ({"key": "third", "payload": "#f00"}, "payload"),
        ({"key": "third", "payload": {"size": 2**53}}, "payload"),
        ({"key": "third", "weight": 50}, "weight"),
    ],
)
def test_bad_input_is_refused_at_its_field(
    bobs: APIClient, written: Callable[[], int], drafted: Make, given: dict[str, Any], where: str
) -> None:
    path, before = variants_of(drafted()), written()
    refused = bobs.post(path, given)
    assert (refused.status_code, list(refused.json()["fields"])) == (400, [where])
    assert written() == before


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400"])
def test_a_payload_has_no_number_that_json_has_not(bobs: APIClient, drafted: Make, number: str) -> None:
    body = f'{{"key": "third", "payload": {{"size": {number}}}}}'
    assert bobs.generic("POST", variants_of(drafted()), body, content_type="application/json").status_code == 400


def test_a_key_is_there_once(bobs: APIClient, drafted: Make) -> None:
    path = variants_of(drafted())
    for refused in (bobs.post(path, {"key": "control"}), bobs.patch(f"{path}/treatment", {"key": "control"})):
        assert (refused.status_code, refused.json()["code"]) == (409, "variant_exists")


def test_fifty_are_the_most(bobs: APIClient, drafted: Make) -> None:
    experiment = drafted()
    more = [{"key": f"v{n}"} for n in range(48)]
    assert bobs.post(f"{variants_of(experiment)}/bulk", {"create": more}).status_code == 200
    assert bobs.post(variants_of(experiment), {"key": "one-more"}).status_code == 400
    assert len(keys(experiment)) == 50


def test_many_change_in_one_call(bobs: APIClient, drafted: Make) -> None:
    experiment = drafted()
    control = experiment.variants.get(key="control")
    given = {
        "create": [{"key": "third"}, {"key": "treatment"}],
        "update": [{"id": str(control.pk), "key": "blue"}, {"key": "blue", "name": "Blue"}],
        "delete": ["treatment"],
    }
    done = bobs.post(f"{variants_of(experiment)}/bulk", given)
    assert done.status_code == 200, done.json()
    assert [variant["key"] for variant in done.json()["created"]] == ["third", "treatment"]
    assert [variant["name"] for variant in done.json()["updated"]][-1] == "Blue"
    assert done.json()["deleted"] == ["treatment"]
    assert keys(experiment) == ["blue", "third", "treatment"]


@pytest.mark.parametrize(
    ("bad", "status", "where"),
    [
        ({"create": [{"key": "fourth"}, {"key": "has space"}]}, 400, "create.1.key"),
        ({"create": [{"key": "control"}]}, 409, "create.0"),
        ({"create": [7]}, 400, "create.0"),
        ({"create": {}}, 400, "create"),
        ({"create": [{"key": f"v{n}"} for n in range(51)]}, 400, "create"),
        ({"create": [{"key": f"v{n}"} for n in range(49)]}, 400, "variants"),
        ({"update": [{"key": "nobody"}]}, 404, "update.0"),
        ({"update": [{"name": "Whose?"}]}, 400, "update.0"),
        ({"update": [{"id": 7}]}, 400, "update.0"),
        ({"update": [{"key": "control", "payload": []}]}, 400, "update.0.payload"),
        ({"update": [{"key": "control", "size": 1}]}, 400, "update.0.size"),
        ({"delete": ["treatment", "treatment"]}, 404, "delete.1"),
        ({"delete": [7]}, 400, "delete.0"),
        ({"delete": None}, 400, "delete"),
        ({"remove": ["treatment"]}, 400, "remove"),
    ],
)
def test_of_many_with_one_bad_one_nothing_is_saved(
    bobs: APIClient, written: Callable[[], int], drafted: Make, bad: dict[str, Any], status: int, where: str
) -> None:
    experiment, before = drafted(), written()
    good = {"create": [{"key": "third"}], "update": [{"key": "control", "name": "Blue"}]}
    refused = bobs.post(f"{variants_of(experiment)}/bulk", {**good, **bad})
    assert (refused.status_code, list(refused.json()["fields"])) == (status, [where]), refused.json()
    assert (written(), keys(experiment)) == (before, ["control", "treatment"])


def test_nothing_to_do_is_refused(bobs: APIClient, drafted: Make) -> None:
    assert bobs.post(f"{variants_of(drafted())}/bulk", {}).status_code == 400


def test_a_draft_loses_a_variant_with_its_buckets(bobs: APIClient, drafted: Make) -> None:
    experiment = drafted()
    assert bobs.delete(f"{variants_of(experiment)}/treatment").status_code == 204
    assert [allocation.range_end for allocation in experiment.allocations.all()] == [4999]


@pytest.mark.parametrize("status", ["RUNNING", "PAUSED"])
def test_once_it_has_started_what_users_have_stays(bobs: APIClient, alice: User, started: Make, status: str) -> None:
    experiment = started()
    if status == "PAUSED":
        move(experiment, status, by=alice)
    path = variants_of(experiment)
    for refused in (bobs.delete(f"{path}/treatment"), bobs.patch(f"{path}/treatment", {"key": "green"})):
        assert (refused.status_code, refused.json()["code"]) == (409, "variant_in_use")
    assert bobs.patch(f"{path}/treatment", {"payload": {"color": "green"}}).status_code == 200
    assert keys(experiment) == ["control", "treatment"]


def test_a_variant_without_users_goes_also_while_it_runs(bobs: APIClient, started: Make) -> None:
    path = variants_of(started())
    assert bobs.post(path, {"key": "third"}).status_code == 201
    assert bobs.delete(f"{path}/third").status_code == 204


def test_on_a_flag_a_running_experiment_gets_no_variant_that_the_flag_has_not(
    bobs: APIClient, started: Make, button: Flag
) -> None:
    experiment = started(flag="button")
    refused = bobs.post(variants_of(experiment), {"key": "third"})
    assert (refused.status_code, refused.json()["code"]) == (422, "not_ready")
    assert "Pause it first" in refused.json()["message"]
    assert keys(experiment) == ["control", "treatment"]


def test_the_first_variant_is_the_control(bobs: APIClient, alice: User, staging: Environment) -> None:
    experiment = create_experiment(staging, by=alice, key="fresh")
    for key in ("zebra", "ant"):
        bobs.post(variants_of(experiment), {"key": key})
    assert keys(experiment) == ["zebra", "ant"]
    assert Variant.objects.get(key="zebra").position == 0
