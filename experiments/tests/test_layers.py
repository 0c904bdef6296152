"""Layers keep experiments apart: each holds its own buckets, and nobody gets those of another one."""

from collections.abc import Callable, Iterator
from itertools import chain
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from experiments.documents import document_of
from experiments.layers import BucketsTaken, LayerInUse, create_layer, delete_layer
from experiments.life_cycle import move
from experiments.models import Experiment, Layer
from experiments.services import create_experiment, update_experiment
from experiments.validation import InvalidExperiment
from flagkit.engine import Context, compile_ruleset
from flagkit.engine.experiments import flag_document

Make = Callable[..., Experiment]
PATH = "/layers/page?environment_key=staging"


@pytest.fixture
def page(alice: User, staging: Environment) -> Layer:
    return create_layer(staging, by=alice, key="page", name="Page")


def held(*experiments: Experiment) -> Iterator[int]:
    """Each bucket that these hold, as often as it is held."""
    for experiment in experiments:
        experiment.refresh_from_db()
        yield from chain.from_iterable(range(first, last + 1) for first, last in experiment.layer_ranges)


def test_a_layer_is_created_found_changed_and_deleted(bobs: APIClient, staging: Environment) -> None:
    made = bobs.post("/layers", {"key": "page", "environmentKey": "staging"})
    assert made.status_code == 201, made.json()
    assert bobs.get(made["Location"]).json() == made.json() == bobs.get(PATH).json()
    assert (made.json()["free"], made.json()["experiments"]) == (10_000, [])
    read = bobs.get(PATH).json()
    assert bobs.put(PATH, {**read, "name": "Page"}).json()["name"] == "Page"
    assert [layer["key"] for layer in bobs.get("/layers").json()["data"]] == ["page"]
    assert bobs.delete(PATH).status_code == 204
    assert bobs.get(PATH).json()["code"] == "layer_not_found"


def test_a_share_is_made_of_free_buckets(bobs: APIClient, page: Layer, drafted: Make) -> None:
    first = drafted("first", layer="page", layer_share=3000)
    second = drafted("second", layer="page", layer_share=2000)
    assert (first.layer_ranges, second.layer_ranges) == ([[0, 2999]], [[3000, 4999]])
    shown = bobs.get(PATH).json()
    assert shown["free"] == 5000
    assert [(holder["key"], holder["share"]) for holder in shown["experiments"]] == [("first", 3000), ("second", 2000)]


def test_a_share_that_grows_keeps_its_buckets_and_one_that_shrinks_frees_its_last(
    alice: User, page: Layer, drafted: Make
) -> None:
    first = drafted("first", layer="page", layer_share=3000)
    second = drafted("second", layer="page", layer_share=2000)
    update_experiment(first, by=alice, layer_share=4000)
    assert first.layer_ranges == [[0, 2999], [5000, 5999]]
    update_experiment(second, by=alice, layer_share=500)
    update_experiment(first, by=alice, layer_share=1000)
    assert (first.layer_ranges, second.layer_ranges) == ([[0, 999]], [[3000, 3499]])


def test_nobody_is_in_two_experiments_of_a_layer(alice: User, page: Layer, started: Make) -> None:
    running = [started(key, layer="page", layer_share=share) for key, share in (("a", 3000), ("b", 5000), ("c", 2000))]
    buckets = list(held(*running))
    assert (len(buckets), len(set(buckets))) == (10_000, 10_000)
    ruleset, problems = compile_ruleset([flag_document(document_of(experiment)) for experiment in running])
    assert problems == []
    users = [Context(f"user-{n}", {}) for n in range(2000)]
    found = [sum(ruleset.evaluate(key, user).variant is not None for key in ("a", "b", "c")) for user in users]
    assert set(found) == {1}


@pytest.mark.parametrize("share", [-1, 10_001, 7001, 1.5, "100", True, [100]])
def test_a_share_that_is_none_or_more_than_is_free_is_refused(
    bobs: APIClient, page: Layer, drafted: Make, share: Any
) -> None:
    drafted("first", layer="page", layer_share=3000)
    experiment = drafted("second", layer="page", layer_share=10)
    refused = bobs.patch(f"/experiments/{experiment.pk}", {"layerShare": share})
    assert (refused.status_code, refused.json()["code"]) == (
        (409, "buckets_taken") if share == 7001 else (400, "invalid")
    )
    assert len(list(held(experiment))) == 10


def test_a_share_that_is_too_large_is_told_what_is_left(bobs: APIClient, page: Layer, drafted: Make) -> None:
    drafted("first", layer="page", layer_share=3000)
    given = {"key": "second", "environment_key": "staging", "layer_key": "page", "layer_share": 8000}
    assert "7,000 buckets left" in bobs.post("/experiments", given).json()["message"]


@pytest.mark.parametrize(
    ("ranges", "where"),
    [
        ("all", "layer_ranges"),
        ([[0]], "layer_ranges.0"),
        ([[0, 10_000]], "layer_ranges.0"),
        ([[-1, 5]], "layer_ranges.0"),
        ([[9, 8]], "layer_ranges.0"),
        ([[True, 8]], "layer_ranges.0"),
        ([[0, 9], [9, 10]], "layer_ranges.1"),
    ],
)
def test_bad_ranges_are_refused(bobs: APIClient, page: Layer, drafted: Make, ranges: Any, where: str) -> None:
    refused = bobs.patch(f"/experiments/{drafted(layer='page').pk}", {"layer_ranges": ranges})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, [where])


def test_ranges_that_another_experiment_holds_are_refused(bobs: APIClient, page: Layer, drafted: Make) -> None:
    drafted("first", layer="page", layer_ranges=[[100, 199]])
    experiment = drafted("second", layer="page")
    refused = bobs.patch(f"/experiments/{experiment.pk}", {"layer_ranges": [[0, 50], [199, 200]]})
    assert (refused.status_code, refused.json()["code"]) == (409, "buckets_taken")
    assert "first" in refused.json()["message"]
    assert bobs.patch(f"/experiments/{experiment.pk}", {"layer_ranges": [[0, 99], [200, 200]]}).status_code == 200


def test_who_changes_layer_leaves_the_old_buckets(
    bobs: APIClient, alice: User, staging: Environment, page: Layer, drafted: Make
) -> None:
    create_layer(staging, by=alice, key="cart")
    drafted("first", layer="cart", layer_share=1000)
    experiment = drafted("second", layer="page", layer_share=1000)
    path = f"/experiments/{experiment.pk}"
    read = bobs.get(path).json()
    moved = bobs.put(path, {**read, "layer_key": "cart"}).json()
    assert (moved["layer_key"], moved["layer_share"], moved["layer_ranges"]) == ("cart", 1000, [[1000, 1999]])
    assert bobs.patch(path, {"layer": "page"}).json()["layer_share"] == 0
    assert bobs.patch(path, {"layer": None}).json()["layer_share"] is None


def test_an_archived_experiment_gives_its_buckets_back(
    bobs: APIClient, alice: User, page: Layer, drafted: Make
) -> None:
    first = drafted("first", layer="page", layer_share=10_000)
    with pytest.raises(BucketsTaken):
        drafted("second", layer="page", layer_share=1)
    move(first, "ARCHIVED", by=alice)
    assert drafted("third", layer="page", layer_share=10_000).layer_ranges == [[0, 9999]]
    assert bobs.get(f"/experiments/{first.pk}").json()["layer_share"] == 10_000


def test_starting_in_a_layer_takes_a_share_of_it(bobs: APIClient, page: Layer, drafted: Make) -> None:
    refused = bobs.patch(f"/experiments/{drafted(layer='page').pk}/status", {"status": "RUNNING"})
    assert (refused.status_code, "share of layer page" in refused.json()["message"]) == (422, True)


def test_a_layer_in_use_stays_and_says_who_uses_it(alice: User, page: Layer, drafted: Make) -> None:
    experiment = drafted("first", layer="page")
    with pytest.raises(LayerInUse, match="first"):
        delete_layer(page, by=alice)
    move(experiment, "ARCHIVED", by=alice)
    with pytest.raises(LayerInUse):
        delete_layer(page, by=alice)


def test_a_key_is_there_once_in_an_environment(bobs: APIClient, page: Layer) -> None:
    refused = bobs.post("/layers", {"key": "page", "environment_key": "staging"})
    assert (refused.status_code, refused.json()["code"]) == (409, "layer_exists")
    assert bobs.post("/layers", {"key": "page", "environment_key": "development"}).status_code == 201


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [("key", "other", "key"), ("key", 7, "key"), ("name", 7, "name"), ("salt", "x", "salt"), ("free", 7, "free")],
)
def test_bad_input_changes_nothing(
    bobs: APIClient, written: Callable[[], int], page: Layer, field: str, value: Any, where: str
) -> None:
    before = written()
    refused = bobs.patch(PATH, {field: value})
    assert (refused.status_code, list(refused.json()["fields"]), written()) == (400, [where], before)


def test_a_lost_race_is_told(bobs: APIClient, page: Layer) -> None:
    read = bobs.get(PATH)
    assert bobs.patch(PATH, {"name": "Somebody else's"}).status_code == 200
    assert bobs.patch(PATH, {"name": "Mine"}, headers={"If-Match": read["ETag"]}).status_code == 412
    assert bobs.put(PATH, {**read.json(), "name": "Mine"}).status_code == 412
    assert bobs.delete(PATH, headers={"If-Match": read["ETag"]}).status_code == 412


def test_another_environments_layer_is_none_of_this_one(alice: User, page: Layer, development: Environment) -> None:
    with pytest.raises(InvalidExperiment) as refused:
        create_experiment(development, by=alice, key="fresh", layer=str(page.pk), layer_share=10)
    assert list(refused.value.fields) == ["layer"]
