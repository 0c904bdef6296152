"""The revisions of an environment through the API: the list of them, and what differs between two."""

from typing import Any

import pytest
from django.db import transaction
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from evaluation.history import MOST_CHANGES
from evaluation.models import Publication
from flags.audiences import create_audience, delete_audience, update_audience
from flags.services import create_flag, update_config

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/api/environments/staging/revisions"


@pytest.fixture
def three(project: Project, staging: Environment, alice: User, bob: User) -> None:
    """Staging at revision 3: a flag, an audience, and then the flag on."""
    flag = create_flag(project, by=alice, key="checkout")
    create_audience(staging, by=bob, key="testers", included=["alice"])
    update_config(flag, staging, by=bob, is_enabled=True)


def listed(client: APIClient, query: str = "") -> list[tuple[int, str, list[tuple[str, str, str]]]]:
    found = client.get(f"{LIST}{query}").json()["data"]
    return [
        (each["version"], each["published_by"], [(c["change"], c["kind"], c["key"]) for c in each["changes"]])
        for each in found
    ]


def diff(client: APIClient, path: str) -> Any:
    answer = client.get(f"{LIST}/{path}")
    assert answer.status_code == 200, answer.content
    return answer.json()


def test_the_newest_comes_first_with_who_and_what(reader: APIClient, three: None, alice: User, bob: User) -> None:
    assert listed(reader) == [
        (3, bob.email, [("changed", "flag", "checkout")]),
        (2, bob.email, [("created", "audience", "testers")]),
        (1, alice.email, [("created", "flag", "checkout")]),
    ]


def test_it_is_listed_when_each_was_published(reader: APIClient, three: None, staging: Environment) -> None:
    shown = [each["published_at"] for each in reader.get(LIST).json()["data"]]
    at = Publication.objects.filter(environment_id=staging.pk).order_by("-revision").values_list("at", flat=True)
    assert shown == [each.isoformat().replace("+00:00", "Z") for each in at]


def test_the_list_is_cut_into_pages(reader: APIClient, three: None) -> None:
    answer = reader.get(f"{LIST}?page=2&page_size=2").json()
    assert [each["version"] for each in answer["data"]] == [1]
    assert answer["pagination"] == {"page": 2, "page_size": 2, "total": 3, "total_pages": 2}


def test_what_is_gone_and_comes_back_is_removed_and_created(
    reader: APIClient, staging: Environment, alice: User
) -> None:
    delete_audience(create_audience(staging, by=alice, key="testers"), by=alice)
    create_audience(staging, by=alice, key="testers")
    assert [changes[0][0] for _, _, changes in listed(reader)] == ["created", "removed", "created"]


def test_what_came_and_went_in_one_transaction_is_no_change(
    reader: APIClient, staging: Environment, alice: User
) -> None:
    with transaction.atomic():
        delete_audience(create_audience(staging, by=alice, key="fleeting"), by=alice)
        create_audience(staging, by=alice, key="lasting")
    assert [changes for _, _, changes in listed(reader)] == [[("created", "audience", "lasting")]]
    assert [each["key"] for each in diff(reader, "1/diff")["changes"]] == ["lasting"]


def test_a_large_revision_is_listed_by_its_first_documents(
    reader: APIClient, project: Project, alice: User, django_assert_max_num_queries: Any
) -> None:
    with transaction.atomic():
        for at in range(MOST_CHANGES + 3):
            create_flag(project, by=alice, key=f"flag-{at:03}")
    with django_assert_max_num_queries(7):
        [shown] = reader.get(LIST).json()["data"]
    assert (shown["documents"], len(shown["changes"])) == (MOST_CHANGES + 3, MOST_CHANGES)
    assert shown["changes"][0]["key"] == "flag-000"
    assert len(diff(reader, "1/diff")["changes"]) == MOST_CHANGES + 3


def test_many_revisions_cost_no_more_queries(
    reader: APIClient, staging: Environment, alice: User, django_assert_num_queries: Any
) -> None:
    audience = create_audience(staging, by=alice, key="testers")
    for at in range(9):
        update_audience(audience, by=alice, included=[str(at)])
    with django_assert_num_queries(7):  # who, the project, the environment, their role, how many, a page, its changes
        assert len(listed(reader)) == 10


def test_an_environment_without_revisions_has_an_empty_list(reader: APIClient, staging: Environment) -> None:
    assert reader.get(LIST).json()["pagination"]["total"] == 0


def test_a_diff_tells_what_one_revision_changed(reader: APIClient, three: None) -> None:
    told = diff(reader, "3/diff")
    assert (told["older"]["version"], told["newer"]["version"]) == (2, 3)
    [change] = told["changes"]
    assert (change["kind"], change["key"], change["change"]) == ("flag", "checkout", "changed")
    assert change["differences"] == [{"path": "enabled", "before": False, "after": True}]
    assert (change["before"]["enabled"], change["after"]["enabled"]) == (False, True)


def test_a_diff_of_distant_revisions_tells_all_that_differs(reader: APIClient, three: None) -> None:
    told = diff(reader, "3/diff?to=0")
    assert [(each["change"], each["kind"], each["before"]) for each in told["changes"]] == [
        ("created", "audience", None),
        ("created", "flag", None),
    ]


def test_a_diff_of_many_documents_is_the_same_as_of_few(
    reader: APIClient, three: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = [diff(reader, f"3/diff?to={number}") for number in range(3)]
    monkeypatch.setattr("evaluation.history._FEW", 0)
    assert [diff(reader, f"3/diff?to={number}") for number in range(3)] == few


def test_a_diff_is_told_from_the_older_to_the_newer(reader: APIClient, three: None, bob: User) -> None:
    forth, back = diff(reader, "1/diff?to=3"), diff(reader, "3/diff?to=1")
    assert forth == back
    assert (forth["older"]["version"], forth["newer"]["published_by"]) == (1, bob.email)


@pytest.mark.parametrize("path", ["0/diff", "3/diff?to=3"])
def test_what_did_not_change_has_no_diff(reader: APIClient, three: None, path: str) -> None:
    assert diff(reader, path)["changes"] == []


def test_what_was_changed_and_changed_back_does_not_differ(
    reader: APIClient, staging: Environment, alice: User
) -> None:
    audience = create_audience(staging, by=alice, key="testers", included=["alice"])
    update_audience(audience, by=alice, included=["bob"])
    update_audience(audience, by=alice, included=["alice"])
    assert diff(reader, "3/diff?to=1")["changes"] == []


def test_a_removed_document_is_told_with_what_it_was(reader: APIClient, staging: Environment, alice: User) -> None:
    delete_audience(create_audience(staging, by=alice, key="testers", included=["alice"]), by=alice)
    [change] = diff(reader, "2/diff")["changes"]
    assert (change["change"], change["before"]["included"], change["after"]) == ("removed", ["alice"], None)


def test_a_document_that_is_no_json_is_shown_as_its_text(reader: APIClient, three: None) -> None:
    Publication.objects.filter(kind="audience").update(document='{"schema": 1')
    [change] = diff(reader, "2/diff")["changes"]
    assert change["after"] == '{"schema": 1'
    assert reader.get(f"{LIST}/3").json()["audiences"] == {"testers": '{"schema": 1'}
