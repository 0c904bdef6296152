"""An edit of a version that is no longer the newest is told so, and changes nothing."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, User
from flags.models import Flag, FlagConfig
from flags.services import update_config, update_flag


@pytest.fixture
def bobs(api: Callable[[User], APIClient], bob: User) -> APIClient:
    return api(bob)


def test_an_answer_carries_the_version(bobs: APIClient, share: Flag) -> None:
    assert bobs.get("/flags/share")["ETag"] == '"1"'
    assert bobs.get("/flags/share?environment_key=staging")["ETag"] == '"1.0"'
    assert bobs.get("/flags/share/environments/staging")["ETag"] == '"1.0"'


def test_a_write_answers_with_the_new_version(bobs: APIClient, share: Flag) -> None:
    answer = bobs.put("/flags/share?environment_key=staging", {"is_enabled": True, "name": "New"})
    assert answer["ETag"] == '"2.1"'
    assert bobs.get("/flags/share?environment_key=staging")["ETag"] == '"2.1"'


@pytest.mark.parametrize("if_match", ['"1"', 'W/"1"', '"7", "1"', "*"])
def test_the_newest_version_is_edited(bobs: APIClient, share: Flag, if_match: str) -> None:
    answer = bobs.put("/flags/share", {"name": "New"}, headers={"If-Match": if_match})
    assert answer.status_code == 200


@pytest.mark.parametrize("if_match", ['"1"', '"3"', '"2.0"', "2", "", "nonsense"])
def test_another_version_is_not_edited(bobs: APIClient, bob: User, share: Flag, if_match: str) -> None:
    update_flag(share, by=bob, name="Somebody else's")
    answer = bobs.put("/flags/share", {"name": "New"}, headers={"If-Match": if_match})
    assert (answer.status_code, answer.json()["code"]) == (412, "outdated")
    assert Flag.objects.get().name == "Somebody else's"


@pytest.mark.parametrize("path", ["/flags/share?environment_key=staging", "/flags/share/environments/staging"])
def test_a_config_that_was_saved_meanwhile_is_not_edited(
    bobs: APIClient, bob: User, share: Flag, staging: Environment, path: str
) -> None:
    read = bobs.get(path)["ETag"]
    update_config(share, staging, by=bob, is_enabled=True)
    assert bobs.put(path, {"rollout_percentage": 5}, headers={"If-Match": read}).status_code == 412
    assert FlagConfig.objects.get().rollout_percentage == 0


def test_another_environments_edit_is_no_hindrance(
    bobs: APIClient, alice: User, share: Flag, production: Environment
) -> None:
    read = bobs.get("/flags/share/environments/staging")["ETag"]
    update_config(share, production, by=alice, is_enabled=True)
    answer = bobs.put("/flags/share/environments/staging", {"is_enabled": True}, headers={"If-Match": read})
    assert answer.status_code == 200


@pytest.mark.parametrize("action", ["archive", "restore"])
def test_archiving_and_restoring_obey_it_too(
    api: Callable[[User], APIClient], alice: User, share: Flag, action: str
) -> None:
    answer = api(alice).post(f"/flags/share/{action}", headers={"If-Match": '"7"'})
    assert answer.status_code == 412


def test_deleting_obeys_it_too(api: Callable[[User], APIClient], alice: User, share: Flag) -> None:
    assert api(alice).delete("/flags/share", headers={"If-Match": '"7"'}).status_code == 412
    assert Flag.objects.exists()


@pytest.mark.parametrize("path", ["/flags/share", "/flags/share/environments/staging"])
def test_a_body_that_was_read_before_somebody_saved_is_outdated(
    bobs: APIClient, bob: User, share: Flag, staging: Environment, path: str
) -> None:
    read = bobs.get(path).json()
    update_flag(share, by=bob, name="Somebody else's")
    update_config(share, staging, by=bob, is_enabled=True)
    assert bobs.put(path, read).status_code == 412
