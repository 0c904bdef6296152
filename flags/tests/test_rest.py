"""The REST doors of flags, as the second seed's walkthrough uses them and in their own full form."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig
from flags.services import update_config
from flags.tests.conftest import COLOURS

Api = Callable[[User], APIClient]


@pytest.fixture
def bobs(api: Api, bob: User) -> APIClient:
    return api(bob)


@pytest.fixture
def alices(api: Api, alice: User) -> APIClient:
    return api(alice)


def test_a_flag_is_created(bobs: APIClient) -> None:
    answer = bobs.post("/flags", {"key": "new-checkout", "name": "New checkout", "flag_type": "boolean"})
    assert answer.status_code == 201
    assert answer["Location"] == "/api/flags/new-checkout"
    assert {**bobs.get(answer["Location"]).json(), "warnings": []} == answer.json()


def test_a_flag_shows_everything_about_itself(bobs: APIClient, bob: User) -> None:
    bobs.post("/flags", {"key": "share", "flag_type": "percentage", "owner": bob.email, "tags": ["web"]})
    shown = bobs.get("/flags/share").json()
    environments = shown.pop("environments")
    assert list(environments) == ["development", "staging", "production"]
    unpredictable = {name: shown.pop(name) for name in ("id", "created_at", "updated_at")}
    assert all(unpredictable.values())
    assert shown == {
        "key": "share",
        "name": "",
        "description": "",
        "project": "default",
        "tags": ["web"],
        "version": 1,
        "flag_type": "percentage",
        "type": "boolean",
        "variants": BOOLEAN_VARIANTS,
        "owner": bob.email,
        "purpose": "release",
        "is_temporary": True,
        "client_visible": False,
        "is_archived": False,
        "archived_at": None,
    }


def test_an_environment_without_settings_shows_the_defaults(bobs: APIClient, share: Flag, staging: Environment) -> None:
    assert bobs.get("/flags/share").json()["environments"]["staging"] == {
        "environment_id": str(staging.pk),
        "environment_key": "staging",
        "is_enabled": False,
        "rollout_percentage": 0,
        "serve": {},
        "off_variant": "",
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "version": 0,
        "updated_at": None,
    }


def test_the_environment_that_is_named_is_shown_beside_the_flag(
    bobs: APIClient, bob: User, share: Flag, staging: Environment
) -> None:
    update_config(share, staging, by=bob, is_enabled=True, rollout_percentage=12.5)
    shown = bobs.get("/flags/share?environment_key=staging").json()
    names = ("environment_id", "environment_key", "is_enabled", "rollout_percentage", "serve", "off_variant")
    assert [shown[name] for name in names] == [str(staging.pk), "staging", True, 12.5, {}, ""]


def test_no_environment_is_shown_beside_the_flag_when_none_is_named(bobs: APIClient, share: Flag) -> None:
    assert "is_enabled" not in bobs.get("/flags/share").json()


@pytest.mark.parametrize(("given", "shown"), [(30, "30"), (12.5, "12.5"), (0.001, "0.001"), (100.0, "100")])
def test_percentages_are_plain_numbers(bobs: APIClient, share: Flag, given: float, shown: str) -> None:
    answer = bobs.put("/flags/share?environment_key=staging", {"rollout_percentage": given})
    assert f'"rollout_percentage":{shown},' in answer.content.decode()


def test_a_flag_is_created_with_settings_in_one_environment(bobs: APIClient, staging: Environment) -> None:
    body = {"key": "share", "flag_type": "percentage", "is_enabled": True, "rollout_percentage": 30}
    answer = bobs.post("/api/flags", {**body, "environment_id": str(staging.pk)})
    assert answer.status_code == 201
    assert {key: c["is_enabled"] for key, c in answer.json()["environments"].items()} == {
        "development": False,
        "staging": True,
        "production": False,
    }


def test_the_seeds_harmless_defaults_need_no_environment(bobs: APIClient) -> None:
    body = {"key": "share", "flag_type": "percentage", "is_enabled": False, "rollout_percentage": 0}
    assert bobs.post("/flags", body).status_code == 201


@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_what_is_given_changes(bobs: APIClient, share: Flag, method: str) -> None:
    getattr(bobs, method)("/flags/share", {"environment_key": "staging", "is_enabled": True, "rollout_percentage": 30})
    answer = getattr(bobs, method)("/flags/share", {"description": "For people."}).json()
    assert (answer["description"], answer["flag_type"]) == ("For people.", "percentage")
    assert answer["environments"]["staging"]["rollout_percentage"] == 30


def test_camel_case_names_are_taken(bobs: APIClient, staging: Environment) -> None:
    body = {"key": "share", "flagType": "percentage", "isEnabled": True, "rolloutPercentage": 30}
    shown = bobs.post("/flags", {**body, "environmentId": str(staging.pk)}).json()
    assert (shown["flag_type"], shown["rollout_percentage"]) == ("percentage", 30)


@pytest.mark.parametrize("name", ["type", "flag_type"])
def test_the_type_has_two_names_on_input(bobs: APIClient, name: str) -> None:
    shown = bobs.post("/flags", {"key": "colour", name: "string", "variants": COLOURS}).json()
    assert (shown["flag_type"], shown["type"]) == ("string", "string")


def test_what_was_read_may_be_sent_back_whole(bobs: APIClient, share: Flag) -> None:
    read = bobs.get("/flags/share?environment_key=staging").json()
    answer = bobs.put("/flags/share", {**read, "description": "Edited", "is_enabled": True})
    assert answer.status_code == 200, answer.json()
    assert (answer.json()["description"], answer.json()["is_enabled"]) == ("Edited", True)


def test_a_flag_is_found_by_id(bobs: APIClient, share: Flag) -> None:
    assert bobs.get(f"/flags/{share.pk}").json()["key"] == "share"


def test_a_flag_is_found_in_its_project_only(bobs: APIClient, share: Flag) -> None:
    Project.objects.create(key="other", name="Other")
    answer = bobs.get(f"/flags/{share.pk}?project=other")
    assert (answer.status_code, answer.json()["code"]) == (404, "flag_not_found")


def test_a_flag_of_another_project_is_created_there(alices: APIClient) -> None:
    Project.objects.create(key="other", name="Other")
    answer = alices.post("/flags", {"key": "checkout", "project": "other"})
    assert answer["Location"] == "/api/flags/checkout?project=other"
    assert alices.get(answer["Location"]).json()["project"] == "other"


def test_what_a_flag_does_in_one_environment_has_an_address(bobs: APIClient, share: Flag) -> None:
    answer = bobs.put("/flags/share/environments/staging", {"is_enabled": True, "rollout_percentage": 30})
    assert answer.status_code == 200
    assert {**bobs.get("/flags/share/environments/Staging").json(), "warnings": []} == answer.json()
    assert FlagConfig.objects.get().rollout_percentage == 30


def test_a_config_may_be_sent_back_whole(bobs: APIClient, share: Flag) -> None:
    read = bobs.get("/flags/share/environments/staging").json()
    answer = bobs.put("/flags/share/environments/staging", {**read, "is_enabled": True})
    assert (answer.status_code, answer.json()["version"]) == (200, 1)


def test_a_flag_is_archived_and_restored(alices: APIClient, checkout: Flag) -> None:
    assert alices.post("/flags/checkout/archive").json()["is_archived"]
    assert alices.put("/flags/checkout", {"name": "New"}).json()["code"] == "flag_archived"
    assert not alices.post("/flags/checkout/restore").json()["is_archived"]


def test_a_flag_is_deleted(alices: APIClient, checkout: Flag) -> None:
    answer = alices.delete("/flags/checkout")
    assert (answer.status_code, answer.content) == (204, b"")
    assert alices.get("/flags/checkout").status_code == 404


def test_a_taken_key_is_a_conflict(bobs: APIClient, checkout: Flag) -> None:
    answer = bobs.post("/flags", {"key": "checkout"})
    assert (answer.status_code, answer.json()["code"]) == (409, "flag_exists")


def test_nothing_is_shown_to_a_stranger(api: Callable[[], APIClient], checkout: Flag) -> None:
    paths = ("/flags", "/flags/checkout", "/flags/checkout/environments/staging")
    assert [api().get(path).status_code for path in paths] == [401, 401, 401]


@pytest.mark.parametrize("path", ["/flags", "/flags/checkout", "/flags/checkout/environments/staging"])
def test_a_door_says_what_it_takes(bobs: APIClient, checkout: Flag, path: str) -> None:
    assert bobs.options(path).status_code == 200


def test_object_values_come_back_as_they_were(bobs: APIClient) -> None:
    variants: list[dict[str, Any]] = [{"key": "a", "value": {"z": [1, 1.5, None, True], "b": {"ü": "😀"}}}]
    shown = bobs.post("/flags", {"key": "o", "flag_type": "object", "variants": variants}).json()
    assert shown["variants"] == variants
