"""Admins make, change and delete environments; everybody who signed in sees them."""

from typing import Any

import pytest

from accounts.models import Environment, Membership, Project, User

ENVIRONMENTS = "/api/environments"
SHOWN = {
    "id",
    "key",
    "name",
    "description",
    "project",
    "position",
    "is_protected",
    "allows_keyless",
    "created_at",
    "updated_at",
}


@pytest.mark.parametrize(
    "fields",
    [
        {"name": 5},
        {"name": None},
        {"name": " "},
        {"name": "n" * 101},
        {"key": "no spaces"},
        {"key": "x/y"},
        {"key": "k" * 101},
        {"key": 7},
        {"description": "d" * 2001},
        {"description": ["x"]},
        {"position": -1},
        {"position": 32768},
        {"position": "1"},
        {"position": True},
        {"position": 1.5},
        {"is_protected": "true"},
        {"is_protected": 1},
        {"is_protected": None},
        {"allows_keyless": "no"},
        {"is_protectd": True},
        {"project": 5},
    ],
)
def test_bad_input_is_told_by_field_and_makes_nothing(api: Any, alice: User, fields: dict[str, Any]) -> None:
    answer = api(alice).post(ENVIRONMENTS, {"name": "QA", **fields})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert set(answer.json()["fields"]) == set(fields)
    assert Environment.objects.count() == 3


@pytest.mark.parametrize("body", [{}, {"description": "x"}, [], None, "prod", 5])
def test_body_without_a_name_makes_nothing(api: Any, alice: User, body: Any) -> None:
    assert api(alice).post(ENVIRONMENTS, body).status_code == 400
    assert Environment.objects.count() == 3


def test_name_alone_is_enough(api: Any, alice: User) -> None:
    answer = api(alice).post(ENVIRONMENTS, {"name": "prod"})
    assert answer.status_code == 201
    assert set(answer.json()) == SHOWN
    assert (answer.json()["key"], answer.json()["name"], answer.json()["project"]) == ("prod", "prod", "default")


def test_key_comes_from_the_name(api: Any, alice: User) -> None:
    assert api(alice).post(ENVIRONMENTS, {"name": "Prod EU (2)"}).json()["key"] == "prod-eu-2"


def test_everything_can_be_given(api: Any, alice: User) -> None:
    given = {"key": "qa", "name": "QA", "description": "Here we test.", "position": 7, "project": "default"}
    switches = {"is_protected": True, "allows_keyless": False}
    shown = api(alice).post(ENVIRONMENTS, {**given, **switches}).json()
    assert {name: shown[name] for name in (*given, *switches)} == {**given, **switches}


def test_camel_case_is_understood(api: Any, alice: User) -> None:
    shown = api(alice).post(ENVIRONMENTS, {"name": "QA", "isProtected": True, "allowsKeyless": False}).json()
    assert (shown["is_protected"], shown["allows_keyless"]) == (True, False)


def test_taken_key_is_a_conflict(api: Any, alice: User) -> None:
    answer = api(alice).post(ENVIRONMENTS, {"name": "Staging"})
    assert (answer.status_code, answer.json()["code"]) == (409, "environment_exists")


def test_other_project_may_use_the_key(api: Any, alice: User) -> None:
    Project.objects.create(key="shop", name="Shop")
    assert api(alice).post(ENVIRONMENTS, {"name": "staging", "project": "shop"}).json()["project"] == "shop"
    assert api(alice).post(f"{ENVIRONMENTS}?project=shop", {"name": "qa"}).json()["project"] == "shop"


def test_unknown_project_is_not_found(api: Any, alice: User) -> None:
    answer = api(alice).post(ENVIRONMENTS, {"name": "qa", "project": "nothing"})
    assert (answer.status_code, answer.json()["code"]) == (404, "project_not_found")


def test_list_is_in_order_and_paginated(api: Any, charlie: User) -> None:
    body = api(charlie).get(ENVIRONMENTS).json()
    assert [environment["key"] for environment in body["data"]] == ["development", "staging", "production"]
    assert body["pagination"]["total"] == 3


def test_list_is_of_the_project_that_is_named(api: Any, charlie: User) -> None:
    Project.objects.create(key="shop", name="Shop")
    assert api(charlie).get(f"{ENVIRONMENTS}?project=shop").json()["data"] == []


def test_one_is_found_by_key_id_and_name(api: Any, charlie: User, production: Environment) -> None:
    client = api(charlie)
    names = ["production", production.pk, str(production.pk).upper(), "PRODUCTION"]
    assert [client.get(f"{ENVIRONMENTS}/{name}").json()["key"] for name in names] == ["production"] * 4


def test_one_of_another_project_is_found_by_id(api: Any, charlie: User) -> None:
    shop = Project.objects.create(key="shop", name="Shop")
    qa = Environment.objects.create(project=shop, key="qa", name="QA")
    client = api(charlie)
    assert client.get(f"{ENVIRONMENTS}/{qa.pk}").status_code == 200
    assert client.get(f"{ENVIRONMENTS}/{qa.pk}?project=default").status_code == 404


@pytest.mark.parametrize("name", ["nothing", "8f4df2a5-0000-4000-8000-000000000000", "%20"])
def test_unknown_one_is_not_found(api: Any, charlie: User, name: str) -> None:
    answer = api(charlie).get(f"{ENVIRONMENTS}/{name}")
    assert (answer.status_code, answer.json()["code"]) == (404, "environment_not_found")


@pytest.mark.parametrize("method", ["put", "patch"])
def test_only_what_is_given_changes(api: Any, alice: User, production: Environment, method: str) -> None:
    shown = getattr(api(alice), method)(f"{ENVIRONMENTS}/production", {"description": "Live."}).json()
    assert (shown["description"], shown["name"], shown["is_protected"]) == ("Live.", "Production", True)


def test_what_was_read_can_be_sent_back(api: Any, alice: User) -> None:
    client = api(alice)
    read = client.get(f"{ENVIRONMENTS}/staging").json()
    shown = client.put(f"{ENVIRONMENTS}/staging", {**read, "is_protected": True})
    assert shown.status_code == 200
    assert shown.json()["is_protected"] is True


@pytest.mark.parametrize("body", [{"key": "live"}, {"project": "shop"}, {"is_protected": "yes"}, {"nam": "Live"}])
def test_bad_change_changes_nothing(api: Any, alice: User, production: Environment, body: dict[str, Any]) -> None:
    Project.objects.create(key="shop", name="Shop")
    answer = api(alice).put(f"{ENVIRONMENTS}/production", {"description": "Live.", **body})
    assert (answer.status_code, set(answer.json()["fields"])) == (400, set(body))
    assert Environment.objects.get(pk=production.pk).version == production.version


def test_one_is_deleted(api: Any, alice: User) -> None:
    client = api(alice)
    assert client.delete(f"{ENVIRONMENTS}/production").status_code == 204
    assert client.get(f"{ENVIRONMENTS}/production").status_code == 404
    assert client.delete(f"{ENVIRONMENTS}/production").status_code == 404


@pytest.mark.parametrize("name", ["bob", "charlie"])
def test_others_only_look(api: Any, db: None, name: str, request: pytest.FixtureRequest) -> None:
    client = api(request.getfixturevalue(name))
    assert client.get(f"{ENVIRONMENTS}/staging").status_code == 200
    assert client.post(ENVIRONMENTS, {"name": "qa"}).status_code == 403
    assert client.patch(f"{ENVIRONMENTS}/staging", {"name": "x"}).status_code == 403
    assert client.delete(f"{ENVIRONMENTS}/staging").status_code == 403
    assert Environment.objects.filter(name="Staging").exists()


def test_admin_of_the_project_manages_its_environments_alone(api: Any, bob: User, project: Project) -> None:
    Project.objects.create(key="shop", name="Shop")
    Membership.objects.create(user=bob, project=project, role="admin")
    client = api(bob)
    assert client.post(ENVIRONMENTS, {"name": "qa"}).status_code == 201
    assert client.post(ENVIRONMENTS, {"name": "qa", "project": "shop"}).status_code == 403


def test_nobody_looks_without_signing_in(api: Any, db: None) -> None:
    assert api().get(ENVIRONMENTS).status_code == 401
