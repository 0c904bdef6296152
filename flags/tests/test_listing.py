"""Flags are listed in pages, filtered by what the address says, in a constant number of queries."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from flags.services import archive_flag, create_flag, update_config, update_flag

Listed = Callable[[str], list[str]]


@pytest.fixture
def viewer(api: Callable[[User], APIClient], charlie: User) -> APIClient:
    return api(charlie)


@pytest.fixture
def listed(viewer: APIClient) -> Listed:
    """The keys that a viewer gets for a query."""
    return lambda query: [flag["key"] for flag in viewer.get(f"/flags{query}").json()["data"]]


@pytest.fixture(autouse=True)
def _flags(project: Project, alice: User, staging: Environment) -> None:
    create_flag(project, by=alice, key="checkout", name="New basket", tags=["web", "pay"])
    create_flag(project, by=alice, key="share", flag_type="percentage", description="For some.", tags=["web-2"])
    create_flag(project, by=alice, key="Archive", tags=["web"])
    create_flag(project, by=alice, key="old")
    update_config(_flag(project, "share"), staging, by=alice, is_enabled=True)
    archive_flag(_flag(project, "old"), by=alice)


def _flag(project: Project, key: str) -> Any:
    return project.flags.get(key=key)


def test_archived_flags_are_left_out(listed: Listed) -> None:
    assert set(listed("")) == {"Archive", "checkout", "share"}


def test_archived_flags_are_listed_when_asked_for(listed: Listed) -> None:
    assert listed("?archived=true") == ["old"]


@pytest.mark.parametrize(
    ("query", "keys"),
    [
        ("search=CHECK", {"checkout"}),
        ("search=basket", {"checkout"}),
        ("search=for some", {"share"}),
        ("search=100%25", set()),
        ("flag_type=percentage", {"share"}),
        ("flagType=percentage", {"share"}),
        ("tag=web", {"Archive", "checkout"}),
        ("tag=WEB", set()),
        ("tag=w_b", set()),
        ("environment_key=staging&is_enabled=true", {"share"}),
        ("environment_key=staging&is_enabled=false", {"Archive", "checkout"}),
        ("environment_key=production&is_enabled=true", set()),
        ("tag=web&search=basket", {"checkout"}),
    ],
)
def test_filters_narrow_the_list(listed: Listed, query: str, keys: set[str]) -> None:
    assert set(listed(f"?{query}")) == keys


def test_on_or_off_asks_for_an_environment(viewer: APIClient) -> None:
    answer = viewer.get("/flags?is_enabled=true")
    assert (answer.status_code, answer.json()["code"]) == (400, "environment_needed")


@pytest.mark.parametrize("query", ["archived=perhaps", "flag_type=colour", "sort=salt", "page=0", "page_size=1000"])
def test_a_filter_that_is_not_understood_is_refused(viewer: APIClient, query: str) -> None:
    assert viewer.get(f"/flags?{query}").status_code == 400


@pytest.mark.parametrize("query", ["project=nowhere", "environment_key=nowhere"])
def test_a_place_that_is_unknown_is_not_found(viewer: APIClient, query: str) -> None:
    assert viewer.get(f"/flags?{query}").status_code == 404


def test_two_different_environments_are_refused(viewer: APIClient, staging: Environment) -> None:
    answer = viewer.get(f"/flags?environment_key=production&environment_id={staging.pk}")
    assert (answer.status_code, answer.json()["code"]) == (400, "ambiguous_place")


def test_the_last_edited_flag_comes_first(listed: Listed, project: Project, alice: User) -> None:
    update_flag(_flag(project, "checkout"), by=alice, name="Edited")
    assert listed("?sort=-updated_at")[0] == "checkout"
    assert listed("?sort=-created_at")[0] == "Archive"


def test_pages_are_counted(viewer: APIClient) -> None:
    answer = viewer.get("/flags?page=2&page_size=2").json()
    assert len(answer["data"]) == 1
    assert answer["pagination"] == {"page": 2, "page_size": 2, "total": 3, "total_pages": 2}


def test_the_environment_that_is_named_is_shown_beside_each_flag(viewer: APIClient) -> None:
    data = viewer.get("/flags?environment_key=staging").json()["data"]
    assert {flag["key"]: flag["is_enabled"] for flag in data} == {"Archive": False, "checkout": False, "share": True}


def test_another_project_has_its_own_flags(listed: Listed) -> None:
    Project.objects.create(key="other", name="Other")
    assert listed("?project=other") == []


def test_more_flags_cost_no_more_queries(viewer: APIClient, project: Project, alice: User) -> None:
    few = _queries(viewer)
    for n in range(10):
        create_flag(project, by=alice, key=f"flag-{n}", owner=alice)
    assert _queries(viewer) == few


def _queries(client: APIClient) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get("/flags?environment_key=staging").status_code == 200
    return len(captured)
