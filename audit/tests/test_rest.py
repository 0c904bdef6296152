"""History is read in pages, newest first, by everybody who may read."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
import time_machine
from rest_framework.test import APIClient

from accounts.changes import Place, change
from accounts.models import Environment, Project, User
from audit.models import Entry

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def rename(environment: Environment, name: str, *, by: User | None = None) -> Entry:
    with change(by=by):
        environment.name = name
        environment.save()
    return Entry.objects.latest("id")


def flag_entry(key: str, *, subject: str = "flag", project: str = "default", **fields: Any) -> Entry:
    """An entry as a flag leaves it; flags themselves stand in a room above."""
    place = Place(subject, key, project)
    given: dict[str, Any] = {"actor": "system", "action": "create", "changes": {}, **fields}
    given.setdefault("subject_id", "11111111-1111-4111-8111-111111111111")
    return Entry.objects.create(subject=place.subject, key=place.key, project=place.project, **given)


def ids(answer: Any) -> list[int]:
    return [entry["id"] for entry in answer.json()["data"]]


def test_an_entry_shows_who_what_where_and_what_changed(viewer: APIClient, alice: User, staging: Environment) -> None:
    entry = rename(staging, "Stage", by=alice)
    [shown] = viewer.get("/audit?page_size=1").json()["data"]
    assert datetime.fromisoformat(shown.pop("at")) == entry.at
    assert shown == {
        "id": entry.pk,
        "actor_id": str(alice.pk),
        "actor": alice.email,
        "action": "update",
        "subject": "environment",
        "subject_id": str(staging.pk),
        "key": "staging",
        "flag_key": None,
        "project": "default",
        "environment": "staging",
        "changes": {"name": {"old": "Staging", "new": "Stage"}},
    }


def test_an_entry_of_no_place_names_none(viewer: APIClient, charlie: User) -> None:
    [shown] = viewer.get("/audit?subject=user").json()["data"]
    assert (shown["key"], shown["project"], shown["environment"]) == (charlie.email, None, None)


@pytest.mark.parametrize("subject", ["flag", "flag_config"])
def test_an_entry_of_a_flag_names_it(viewer: APIClient, subject: str) -> None:
    flag_entry("checkout", subject=subject)
    assert viewer.get("/audit?page_size=1").json()["data"][0]["flag_key"] == "checkout"


def test_the_newest_comes_first(viewer: APIClient, staging: Environment) -> None:
    made = [rename(staging, name).pk for name in ("One", "Two", "Three")]
    assert ids(viewer.get("/audit"))[:3] == made[::-1]


def test_the_seeds_address_with_its_slash_answers_too(viewer: APIClient) -> None:
    assert viewer.get("/audit/").json() == viewer.get("/api/audit").json()


def test_pages_are_counted(viewer: APIClient, staging: Environment) -> None:
    for name in ("One", "Two"):
        rename(staging, name)
    figures = viewer.get("/audit?page=2&page_size=2").json()["pagination"]
    assert figures == {"page": 2, "page_size": 2, "total": 3, "total_pages": 2}


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("project=default", True),
        ("project=other", False),
        ("environment=staging", True),
        ("environment=production", False),
        ("actor=alice@example.com", True),
        ("actor=ALICE@example.com", True),
        ("actor=bob@example.com", False),
        ("action=update", True),
        ("action=delete", False),
        ("subject=environment", True),
        ("subject=flag", False),
        ("key=staging", True),
        ("key=stag", False),
        ("environment=staging&action=update&actor=alice@example.com", True),
        ("environment=staging&action=create", False),
    ],
)
def test_filters_narrow_the_list(
    viewer: APIClient, alice: User, staging: Environment, query: str, matches: bool
) -> None:
    entry = rename(staging, "Stage", by=alice)
    assert (entry.pk in ids(viewer.get(f"/audit?{query}"))) is matches


def test_an_actor_is_found_by_id(viewer: APIClient, alice: User, staging: Environment) -> None:
    entry = rename(staging, "Stage", by=alice)
    rename(staging, "By the system")
    assert ids(viewer.get(f"/audit?actor={alice.pk}")) == [entry.pk]


@pytest.mark.parametrize(
    ("query", "matches"),
    [
        ("since=2026-03-01T12:00:00Z", True),
        ("since=2026-03-01T12:00:01Z", False),
        ("since=2026-03-01", True),
        ("since=2026-03-01T13:00:00%2B01:00", True),
        ("until=2026-03-01T12:00:00Z", False),
        ("until=2026-03-01T12:00:01Z", True),
    ],
)
def test_a_time_is_included_at_its_beginning_only(
    viewer: APIClient, staging: Environment, query: str, matches: bool
) -> None:
    with time_machine.travel(NOON, tick=False):
        entry = rename(staging, "Stage")
    assert (entry.pk in ids(viewer.get(f"/audit?{query}&subject=environment"))) is matches


@pytest.mark.parametrize(
    "query", ["since=yesterday", "until=7", "action=invent", "page=x", "since=0001-01-01T00:00%2B14:00"]
)
def test_a_filter_that_is_not_understood_is_refused(viewer: APIClient, query: str) -> None:
    answer = viewer.get(f"/audit?{query}")
    assert (answer.status_code, list(answer.json()["fields"])) == (400, [query.split("=")[0]])


def test_a_flags_history_holds_the_flag_and_its_configs(viewer: APIClient, staging: Environment) -> None:
    made = [flag_entry("checkout").pk, flag_entry("checkout", subject="flag_config", environment="staging").pk]
    flag_entry("other")
    flag_entry("checkout", subject="experiment")
    assert ids(viewer.get("/audit/flag/checkout")) == made[::-1]


def test_a_flags_history_is_found_by_its_id(viewer: APIClient) -> None:
    entry = flag_entry("checkout")
    assert ids(viewer.get(f"/audit/flag/{entry.subject_id}")) == [entry.pk]


def test_a_flags_history_is_that_of_its_project(viewer: APIClient) -> None:
    Project.objects.create(key="other", name="Other")
    flag_entry("checkout")
    mine = flag_entry("checkout", project="other", subject_id="22222222-2222-4222-8222-222222222222")
    assert ids(viewer.get("/audit/flag/checkout?project=other")) == [mine.pk]


def test_a_page_past_the_end_of_a_flags_history_is_empty(viewer: APIClient) -> None:
    flag_entry("checkout")
    answer = viewer.get("/audit/flag/checkout?page=9")
    assert (answer.status_code, ids(answer)) == (200, [])


@pytest.mark.parametrize(
    ("path", "code"),
    [("nothing", "flag_not_found"), ("staging", "flag_not_found"), ("x?project=nowhere", "project_not_found")],
)
def test_a_flag_that_never_was_has_no_history(viewer: APIClient, staging: Environment, path: str, code: str) -> None:
    rename(staging, "Stage")
    answer = viewer.get(f"/audit/flag/{path}")
    assert (answer.status_code, answer.json()["code"]) == (404, code)


@pytest.mark.parametrize("method", ["post", "put", "patch", "delete"])
@pytest.mark.parametrize("path", ["/audit", "/audit/flag/checkout"])
def test_history_is_only_read(viewer: APIClient, method: str, path: str) -> None:
    assert getattr(viewer, method)(path).status_code == 405


@pytest.mark.parametrize("path", ["/audit", "/audit/flag/checkout"])
def test_a_stranger_reads_nothing(api: Callable[[], APIClient], db: None, path: str) -> None:
    assert api().get(path).status_code == 401


def test_odd_text_in_a_filter_matches_nothing(viewer: APIClient) -> None:
    assert ids(viewer.get(f"/audit?key={quote(chr(39) + ' OR 1=1 --')}")) == []


def test_a_long_history_costs_no_more_queries(
    viewer: APIClient, staging: Environment, django_assert_num_queries: Any
) -> None:
    for n in range(15):
        rename(staging, f"Name {n}")
    with django_assert_num_queries(3):  # who asks, how many there are, one page of them
        assert len(ids(viewer.get("/audit"))) == 16


def test_the_last_hour_is_asked_for_as_it_is_printed(viewer: APIClient, staging: Environment) -> None:
    entry = rename(staging, "Stage")
    since = quote((entry.at - timedelta(hours=1)).isoformat())
    assert entry.pk in ids(viewer.get(f"/audit?since={since}"))
