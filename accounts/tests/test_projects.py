"""Admins make, rename and delete projects; everybody who signed in sees them."""

from typing import Any

import pytest

from accounts.models import Environment, Membership, Project, User
from accounts.tests.racing import failures, race


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"name": ""},
        {"name": 5},
        {"name": "n" * 101},
        {"key": "no spaces", "name": "Shop"},
        {"key": "k" * 101},
        {"key": "key\n", "name": "Shop"},
        {"key": ""},
        {"name": "生产"},
        {"name": "Shop", "color": "red"},
        [],
        "shop",
    ],
)
def test_bad_input_makes_no_project(api: Any, alice: User, body: Any) -> None:
    answer = api(alice).post("/api/projects", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert Project.objects.count() == 1


def test_name_alone_is_enough(api: Any, alice: User) -> None:
    answer = api(alice).post("/projects", {"name": "Web Shop"})
    assert answer.status_code == 201
    assert (answer.json()["key"], answer.json()["name"]) == ("web-shop", "Web Shop")


def test_key_alone_is_enough(api: Any, alice: User) -> None:
    assert api(alice).post("/projects", {"key": "Web.Shop"}).json()["name"] == "Web.Shop"


def test_new_project_has_three_environments_and_protects_production(api: Any, alice: User) -> None:
    api(alice).post("/projects", {"key": "shop"})
    found = Environment.objects.filter(project__key="shop").values_list("key", "is_protected")
    assert list(found) == [("development", False), ("staging", False), ("production", True)]


def test_taken_key_is_a_conflict(api: Any, alice: User) -> None:
    answer = api(alice).post("/projects", {"key": "default"})
    assert (answer.status_code, answer.json()["code"]) == (409, "project_exists")
    assert Project.objects.count() == 1


def test_everybody_lists_projects(api: Any, charlie: User) -> None:
    answer = api(charlie).get("/projects")
    assert [project["key"] for project in answer.json()["data"]] == ["default"]


def test_project_is_found_by_key_and_by_id(api: Any, charlie: User, project: Project) -> None:
    client = api(charlie)
    assert client.get("/projects/default").json() == client.get(f"/projects/{project.pk}").json()


def test_unknown_project_is_not_found(api: Any, charlie: User) -> None:
    answer = api(charlie).get("/projects/nothing")
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_project_is_renamed_and_keeps_its_key(api: Any, alice: User, method: str) -> None:
    shown = getattr(api(alice), method)("/projects/default", {"name": "Main", "key": "default"}).json()
    assert (shown["key"], shown["name"]) == ("default", "Main")


def test_key_stays(api: Any, alice: User) -> None:
    answer = api(alice).put("/projects/default", {"key": "main"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["key"])


def test_project_is_deleted_with_what_is_in_it(api: Any, alice: User) -> None:
    client = api(alice)
    client.post("/projects", {"key": "shop"})
    assert client.delete("/projects/shop").status_code == 204
    assert not Environment.objects.filter(project__key="shop").exists()


def test_default_project_stays(api: Any, alice: User) -> None:
    answer = api(alice).delete("/projects/default")
    assert (answer.status_code, answer.json()["code"]) == (409, "default_project")
    assert Project.objects.filter(key="default").exists()


def test_admin_of_a_project_renames_it_but_neither_makes_nor_deletes_any(api: Any, bob: User, alice: User) -> None:
    api(alice).post("/projects", {"key": "shop"})
    Membership.objects.create(user=bob, project=Project.objects.get(key="shop"), role="admin")
    client = api(bob)
    assert client.patch("/projects/shop", {"name": "Shop!"}).status_code == 200
    assert client.post("/projects", {"key": "more"}).status_code == 403
    assert client.delete("/projects/shop").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_two_who_make_the_same_project_at_once_make_one(alice: User) -> None:
    from accounts.places import create_project

    results = race(*[lambda: create_project(by=alice, key="shop")] * 2)
    assert failures(results) == ["project_exists"]
    assert Environment.objects.filter(project__key="shop").count() == 3
