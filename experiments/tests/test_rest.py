"""Experiments through the API: created, found, listed, changed and deleted."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from accounts.places import create_project
from experiments.holding import etag
from experiments.models import Experiment
from experiments.services import create_experiment, update_experiment
from experiments.tests.conftest import HALVES
from flags.audiences import create_audience
from flags.models import Flag

Make = Callable[..., Experiment]
VARIANTS = [{"key": "control", "payload": {"color": "#0066cc"}}, {"key": "treatment", "name": "Green"}]
RULES = [{"conditions": [{"attribute": "country", "operator": "in", "value": ["US", "CA"]}]}]


@pytest.fixture
def shop(alice: User) -> Project:
    """Another project, with its own staging."""
    return create_project(by=alice, key="shop", name="Shop")


def test_an_experiment_is_created_with_camel_case_names(bobs: APIClient, staging: Environment) -> None:
    given = {"key": "colour", "name": "Colour", "environmentId": str(staging.pk), "targetingRules": RULES}
    made = bobs.post("/api/experiments", given)
    assert made.status_code == 201, made.json()
    shown = bobs.get(made["Location"]).json()
    assert shown == made.json()
    assert (shown["status"], shown["possible_moves"]) == ("DRAFT", ["RUNNING", "ARCHIVED"])
    assert (shown["environment_key"], shown["project"], shown["layer_share"]) == ("staging", "default", None)
    assert shown["targeting_rules"][0]["conditions"] == RULES[0]["conditions"]


@pytest.mark.parametrize("name", ["staging", "Staging", "{id}"])
def test_the_environment_is_found_by_id_key_or_name(bobs: APIClient, staging: Environment, name: str) -> None:
    made = bobs.post("/experiments", {"key": "colour", "environment_id": name.format(id=staging.pk)})
    assert made.json()["environment_key"] == "staging"


def test_a_draft_comes_with_its_variants_and_allocations(bobs: APIClient) -> None:
    given = {"key": "colour", "environment_key": "staging", "variants": VARIANTS, "allocations": HALVES}
    shown = bobs.post("/experiments", given).json()
    assert [(variant["key"], variant["name"]) for variant in shown["variants"]] == [
        ("control", ""),
        ("treatment", "Green"),
    ]
    ids = [variant["id"] for variant in shown["variants"]]
    assert shown["allocations"] == [
        {"variant_id": ids[0], "variant_key": "control", "range_start": 0, "range_end": 4999},
        {"variant_id": ids[1], "variant_key": "treatment", "range_start": 5000, "range_end": 9999},
    ]


@pytest.mark.parametrize(
    ("part", "where"),
    [
        ({"variants": [*VARIANTS, {"key": "has space"}]}, "variants.2.key"),
        ({"variants": [*VARIANTS, {"key": "control"}]}, "variants.2"),
        ({"variants": "control"}, "variants"),
        ({"variants": VARIANTS, "allocations": [{**HALVES[0], "variant_key": "third"}]}, "allocations.0.variant_key"),
        ({"variants": VARIANTS, "allocations": {}}, "allocations"),
        ({"allocations": HALVES}, "allocations.0.variant_key"),
    ],
)
def test_of_a_draft_with_one_bad_part_nothing_is_saved(
    bobs: APIClient, written: Callable[[], int], part: dict[str, Any], where: str
) -> None:
    before = written()
    refused = bobs.post("/experiments", {"key": "colour", "environment_key": "staging", **part})
    assert refused.status_code in (400, 409)
    assert where in refused.json()["fields"]
    assert (written(), Experiment.objects.count()) == (before, 0)


def test_one_is_found_by_key_in_its_environment_and_by_id_anywhere(bobs: APIClient, alice: User, shop: Project) -> None:
    experiment = create_experiment(shop.environments.get(key="staging"), by=alice, key="colour")
    by_id = bobs.get(f"/experiments/{experiment.pk}").json()
    assert by_id == bobs.get("/experiments/colour?project=shop&environment_key=staging").json()
    assert by_id["project"] == "shop"
    assert bobs.patch(f"/experiments/{experiment.pk}", {**by_id, "name": "Colour"}).json()["name"] == "Colour"


@pytest.mark.parametrize(
    ("path", "status", "code"),
    [
        ("/experiments/colour", 400, "environment_needed"),
        ("/experiments/colour?environment_key=development", 404, "experiment_not_found"),
        ("/experiments/colour?environment_key=nowhere", 404, "environment_not_found"),
        ("/experiments/{id}?project=shop", 404, "experiment_not_found"),
        ("/experiments/{id}?environment_key=development", 404, "experiment_not_found"),
        ("/experiments/00000000-0000-0000-0000-000000000000", 404, "experiment_not_found"),
    ],
)
def test_what_is_not_there_is_not_found(
    bobs: APIClient, alice: User, staging: Environment, shop: Project, path: str, status: int, code: str
) -> None:
    experiment = create_experiment(staging, by=alice, key="colour")
    refused = bobs.get(path.format(id=experiment.pk))
    assert (refused.status_code, refused.json()["code"]) == (status, code)


def test_without_an_environment_none_is_created(bobs: APIClient) -> None:
    refused = bobs.post("/experiments", {"key": "colour"})
    assert (refused.status_code, refused.json()["code"]) == (400, "environment_needed")


def test_an_environments_id_tells_its_project(bobs: APIClient, shop: Project) -> None:
    environment = shop.environments.get(key="staging")
    made = bobs.post("/experiments", {"key": "colour", "environmentId": str(environment.pk)})
    assert made.json()["project"] == "shop"
    assert bobs.get(f"/experiments?environment_id={environment.pk}").json()["pagination"]["total"] == 1


def test_lists_are_filtered_and_searched(
    bobs: APIClient, alice: User, staging: Environment, production: Environment, started: Make, button: Flag
) -> None:
    started("running", flag="button")
    create_experiment(staging, by=alice, key="draft", hypothesis="Green sells.")
    create_experiment(production, by=alice, key="other")

    def keys(query: str = "") -> list[str]:
        return [experiment["key"] for experiment in bobs.get(f"/experiments?{query}").json()["data"]]

    assert keys() == ["draft", "other", "running"]
    assert keys(f"environmentId={staging.pk}") == ["draft", "running"]
    assert keys("environment_key=production") == ["other"]
    assert keys("status=RUNNING") == ["running"]
    assert keys("search=SELLS") == ["draft"]
    assert keys("flag=button") == ["running"]
    assert keys("sort=-key&pageSize=1&page=2") == ["other"]


@pytest.mark.parametrize(
    "query",
    ["page=0", "page=x", "page_size=0", "page_size=101", "pageSize=-1", "page_size=1.5", "status=GONE", "sort=salt"],
)
def test_lists_refuse_what_they_do_not_understand(bobs: APIClient, query: str) -> None:
    refused = bobs.get(f"/experiments?{query}")
    assert (refused.status_code, list(refused.json()["fields"])) in [(400, [query.split("=")[0]]), (400, ["page_size"])]


@pytest.mark.parametrize("size", [1, 100])
def test_pages_have_1_to_100(bobs: APIClient, size: int) -> None:
    assert bobs.get(f"/experiments?page_size={size}").json()["pagination"]["page_size"] == size


def test_a_list_takes_the_same_queries_however_long(
    bobs: APIClient, alice: User, staging: Environment, drafted: Make, django_assert_max_num_queries: Any
) -> None:
    for key in ("a", "b", "c"):
        drafted(key)
    with django_assert_max_num_queries(9):
        assert len(bobs.get("/experiments").json()["data"]) == 3


def test_what_was_read_may_be_sent_back(
    bobs: APIClient, drafted: Make, button: Flag, alice: User, staging: Environment
) -> None:
    create_audience(staging, by=alice, key="testers")
    bobs.post("/layers", {"key": "page", "environment_key": "staging"})
    given = {"audience": "testers", "layer": "page", "layer_share": 500, "targeting_rules": RULES}
    experiment = drafted(flag="button", tags=["checkout"], owner=alice.email, **given)
    path = f"/experiments/{experiment.pk}"
    read = bobs.get(path).json()
    assert bobs.put(path, read).json() == read


@pytest.mark.parametrize("names", [("audience",), ("audienceId",), ("audience_key",)])
def test_an_audience_is_named_in_any_way(
    bobs: APIClient, alice: User, staging: Environment, drafted: Make, names: tuple[str, ...]
) -> None:
    audience = create_audience(staging, by=alice, key="testers")
    path = f"/experiments/{drafted().pk}"
    read = bobs.get(path).json()
    changed = bobs.put(path, {**({} if "audienceId" in names else read), names[0]: str(audience.pk)})
    assert changed.json()["audience_key"] == "testers", changed.json()
    assert bobs.patch(path, {names[0]: None}).json()["audience_id"] is None


def test_two_names_for_two_audiences_are_refused(
    bobs: APIClient, alice: User, staging: Environment, drafted: Make
) -> None:
    for key in ("testers", "payers"):
        create_audience(staging, by=alice, key=key)
    refused = bobs.patch(f"/experiments/{drafted().pk}", {"audience": "testers", "audience_key": "payers"})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["audience"])


def test_a_lost_race_is_told(bobs: APIClient, alice: User, drafted: Make) -> None:
    experiment = drafted()
    path = f"/experiments/{experiment.pk}"
    read = bobs.get(path)
    stale = {"If-Match": read["ETag"]}
    update_experiment(experiment, by=alice, name="Somebody else's")
    assert bobs.patch(path, {"name": "Mine"}, headers=stale).status_code == 412
    assert bobs.put(path, {**read.json(), "name": "Mine"}).status_code == 412
    assert bobs.patch(f"{path}/status", {"status": "RUNNING"}, headers=stale).status_code == 412
    assert bobs.put(f"{path}/allocations", {"allocations": []}, headers=stale).status_code == 412
    assert bobs.post(f"{path}/variants", {"key": "third"}, headers=stale).status_code == 412
    assert bobs.post(f"{path}/conclude", {"variant": "control"}, headers=stale).status_code == 412
    assert bobs.delete(path, headers=stale).status_code == 412
    experiment.refresh_from_db()
    assert (experiment.name, experiment.status) == ("Somebody else's", "DRAFT")


def test_who_read_the_newest_wins(bobs: APIClient, drafted: Make) -> None:
    path = f"/experiments/{drafted().pk}"
    changed = bobs.patch(path, {"name": "Mine"}, headers={"If-Match": bobs.get(path)["ETag"]})
    assert changed.status_code == 200
    assert changed["ETag"] == bobs.get(path)["ETag"] == etag(Experiment.objects.get())


def test_parts_change_the_version_that_is_compared(bobs: APIClient, drafted: Make) -> None:
    path = f"/experiments/{drafted().pk}"
    tags = [bobs.get(path)["ETag"]]
    tags.append(bobs.patch(f"{path}/variants/control", {"name": "Blue"})["ETag"])
    tags.append(bobs.put(f"{path}/allocations", {"allocations": HALVES[:1]})["ETag"])
    assert len(set(tags)) == 3
    assert bobs.put(f"{path}/allocations", {"allocations": HALVES[:1]})["ETag"] == tags[-1]
    assert bobs.patch(f"{path}/variants/control", {"name": "Blue"})["ETag"] == tags[-1]


def test_status_is_not_set_by_an_edit(bobs: APIClient, drafted: Make) -> None:
    refused = bobs.patch(f"/experiments/{drafted().pk}", {"status": "RUNNING"})
    assert (refused.status_code, list(refused.json()["fields"])) == (400, ["status"])


def test_one_is_deleted_with_all_that_it_has(bobs: APIClient, started: Make) -> None:
    experiment = started()
    assert bobs.delete(f"/experiments/{experiment.pk}").status_code == 204
    assert not Experiment.objects.exists()
    assert bobs.get(f"/experiments/{experiment.pk}").status_code == 404


def test_an_audience_in_use_stays_and_says_who_uses_it(
    bobs: APIClient, alice: User, staging: Environment, drafted: Make
) -> None:
    create_audience(staging, by=alice, key="testers")
    drafted(audience="testers")
    refused = bobs.delete("/audiences/testers?environment_key=staging")
    assert (refused.status_code, refused.json()["code"]) == (409, "audience_in_use")
    assert "button-color" in refused.json()["message"]


def test_a_flag_in_use_stays_and_says_who_uses_it(api: Any, alice: User, button: Flag, drafted: Make) -> None:
    drafted(flag="button")
    refused = api(alice).delete("/flags/button")
    assert (refused.status_code, refused.json()["code"]) == (409, "flag_in_use")
    assert "button-color" in refused.json()["message"]


def test_a_project_goes_with_its_experiments(api: Any, alice: User, shop: Project) -> None:
    environment = shop.environments.get(key="staging")
    client = api(alice)
    variants = [{"key": key, "value": {}} for key in ("control", "treatment")]
    client.post("/flags", {"key": "button", "flag_type": "object", "variants": variants, "project": "shop"})
    client.post("/layers", {"key": "page", "environment_id": str(environment.pk)})
    create_audience(environment, by=alice, key="testers")
    place = {"environment_id": str(environment.pk), "flag": "button", "layer": "page", "layer_share": 10_000}
    parts = {"variants": VARIANTS, "allocations": HALVES, "audience": "testers"}
    made = client.post("/experiments", {"key": "colour", **place, **parts}).json()
    assert client.patch(f"/experiments/{made['id']}/status", {"status": "RUNNING"}).status_code == 200
    assert client.delete("/projects/shop").status_code == 204
    assert not Experiment.objects.exists()
