"""The pages of what was published: the revisions of an environment, and what differs between two of them."""

from typing import Any

import pytest
from django.db import transaction

from accounts.models import Environment, Project, User
from evaluation.views import DOCUMENTS
from experiments.drafting import create_draft
from experiments.life_cycle import move
from flags import services
from flags.audiences import create_audience, delete_audience, update_audience
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, text

pytestmark = pytest.mark.django_db(transaction=True)
LIST = "/dashboard/history"
STAGING = {"environment": "staging"}


@pytest.fixture
def four(flag: Flag, staging: Environment, alice: User, bob: User) -> None:
    """Staging at revision 4: a flag, an audience, the flag on, the audience edited."""
    audience = create_audience(staging, by=alice, key="testers", included=["alice"])
    services.update_config(flag, staging, by=bob, is_enabled=True)
    update_audience(audience, by=bob, included=["bob"])


def rows(response: Any) -> list[str]:
    return [row.text.partition(" Compare")[0] for row in elements(response, "tr")[1:]]


def told(response: Any) -> list[str]:
    """Each document with its paths."""
    return [section.text for section in elements(response, "section", class_="card document")]


def test_newest_revision_stands_first_with_who_and_what(browse: Browse, bob: User, four: None) -> None:
    assert rows(browse(bob).get(LIST, STAGING)) == [
        "Revision 4 just now bob@example.com changed audience testers",
        "Revision 3 just now bob@example.com changed flag new-search",
        "Revision 2 just now alice@example.com created audience testers",
        "Revision 1 just now alice@example.com created flag new-search",
    ]


def test_first_environment_is_shown_where_none_is_named(browse: Browse, bob: User, four: None) -> None:
    response = browse(bob).get(LIST)
    assert element(response, "caption").text == "Revisions of Development, newest first"
    assert len(rows(response)) == 1


def test_navigation_leads_to_revisions(browse: Browse, bob: User, four: None) -> None:
    link = element(browse(bob).get(LIST), "a", href=LIST, **{"aria-current": "page"})
    assert link.text == "Revisions"
    page = browse(bob).get("/dashboard/flags/new-search", STAGING)
    assert element(page, "a", href=f"{LIST}?environment=staging").text == "Revisions of Staging"


def test_environment_without_revisions_says_what_makes_the_first(browse: Browse, bob: User, project: Project) -> None:
    response = browse(bob).get(LIST)
    assert "Nothing is published yet" in text(response)
    assert not elements(response, "form", **{"aria-label": "Compare two revisions"})


def test_project_without_environments_has_no_revisions(browse: Browse, bob: User) -> None:
    Project.objects.create(key="empty", name="Empty")
    response = browse(bob).get(LIST, {"project": "empty"})
    assert (response.status_code, "Nothing is published yet" in text(response)) == (200, True)
    for page in ("1", "compare"):
        assert browse(bob).get(f"{LIST}/{page}", {"project": "empty"}).status_code == 404


def test_large_revision_is_told_by_its_first_documents(browse: Browse, alice: User, project: Project) -> None:
    with transaction.atomic():
        for at in range(7):
            services.create_flag(project, by=alice, key=f"flag-{at}")
    [row] = rows(browse(alice).get(LIST))
    assert row.endswith("created flag flag-3 and 3 more")


def test_revision_tells_what_it_changed(browse: Browse, bob: User, four: None) -> None:
    response = browse(bob).get(f"{LIST}/3", STAGING)
    assert element(response, "h1").text == "Revision 3"
    assert told(response) == ["changed flag new-search enabled before no after yes"]
    assert "Published by bob@example.com" in text(response)


def test_old_and_new_are_told_in_words_and_marked(browse: Browse, bob: User, four: None) -> None:
    response = browse(bob).get(f"{LIST}/4", STAGING)
    assert told(response) == ["changed audience testers included before alice after bob"]
    assert element(response, "dd", class_="minus").text == "before alice"
    assert element(response, "ins").text == "bob"


def test_new_document_is_told_by_what_it_holds(browse: Browse, bob: User, four: None) -> None:
    assert told(browse(bob).get(f"{LIST}/2", STAGING)) == ["created audience testers 1 value included after alice"]


def test_removed_document_is_told_by_what_it_held(
    browse: Browse, alice: User, four: None, staging: Environment
) -> None:
    delete_audience(staging.audiences.get(), by=alice)
    response = browse(alice).get(f"{LIST}/5", STAGING)
    assert told(response) == ["removed audience testers 1 value included before bob"]
    assert not elements(response, "a", class_="key")


def test_documents_lead_to_their_pages(browse: Browse, bob: User, four: None) -> None:
    response = browse(bob).get(f"{LIST}/compare", {**STAGING, "from": "0", "to": "4"})
    links = [link["href"] for link in elements(response, "a", class_="key")]
    assert links == [f"/dashboard/{page}?environment=staging" for page in ("audiences/testers", "flags/new-search")]
    assert [browse(bob).get(link).status_code for link in links] == [200, 200]


def test_running_experiment_leads_to_its_page(browse: Browse, alice: User, staging: Environment) -> None:
    halves = [{"variant_key": key, "range_start": at, "range_end": at + 4999} for key, at in (("a", 0), ("b", 5000))]
    variants = [{"key": "a"}, {"key": "b"}]
    experiment = create_draft(staging, by=alice, key="colours", variants=variants, allocations=halves)
    move(experiment, "RUNNING", by=alice)
    link = element(browse(alice).get(f"{LIST}/1", STAGING), "a", class_="key")
    assert (link.text, browse(alice).get(link["href"]).status_code) == ("colours", 200)


@pytest.mark.parametrize(("one", "other"), [("1", "4"), ("4", "1")])
def test_any_two_revisions_are_compared_from_the_older_to_the_newer(
    browse: Browse, bob: User, four: None, one: str, other: str
) -> None:
    response = browse(bob).get(f"{LIST}/compare", {**STAGING, "from": one, "to": other})
    assert element(response, "h1").text == "From revision 1 to 4"
    assert [each.split(" ")[:3] for each in told(response)] == [
        ["created", "audience", "testers"],
        ["changed", "flag", "new-search"],
    ]
    given = [element(response, "input", name=name)["value"] for name in ("from", "to")]
    assert given == ["1", "4"]


def test_nothing_named_compares_the_newest_with_the_one_before(browse: Browse, bob: User, four: None) -> None:
    assert element(browse(bob).get(f"{LIST}/compare", STAGING), "h1").text == "Revision 4"


def test_each_row_compares_its_revision_with_now(browse: Browse, bob: User, four: None) -> None:
    links = [e["href"] for e in elements(browse(bob).get(LIST, STAGING), "a", class_="small")]
    assert links == [f"{LIST}/compare?environment=staging&from={number}&to=4" for number in (3, 2, 1)]
    assert browse(bob).get(links[0]).status_code == 200


def test_the_same_revision_does_not_differ(browse: Browse, bob: User, four: None) -> None:
    response = browse(bob).get(f"{LIST}/compare", {**STAGING, "from": "2", "to": "2"})
    assert "Nothing differs" in text(response)
    assert "Before the first revision there was nothing" in text(browse(bob).get(f"{LIST}/0", STAGING))


def test_revisions_before_and_after_are_one_step_away(browse: Browse, bob: User, four: None) -> None:
    for number, ways in ((1, ["Revision 2"]), (2, ["Revision 1", "Revision 3"]), (4, ["Revision 3"])):
        response = browse(bob).get(f"{LIST}/{number}", STAGING)
        assert [e.text for e in elements(response, "a") if "rel" in e] == ways


def test_many_documents_are_cut_and_it_is_said(browse: Browse, alice: User, project: Project) -> None:
    with transaction.atomic():
        for at in range(DOCUMENTS + 2):
            services.create_flag(project, by=alice, key=f"flag-{at}")
    response = browse(alice).get(f"{LIST}/1")
    assert len(told(response)) == DOCUMENTS
    assert "2 more documents changed" in text(response)


def test_long_list_is_cut_into_pages(browse: Browse, alice: User, staging: Environment) -> None:
    audience = create_audience(staging, by=alice, key="testers")
    for at in range(20):
        update_audience(audience, by=alice, included=[str(at)])
    first = browse(alice).get(LIST, STAGING)
    assert len(rows(first)) == 20
    assert element(first, "a", rel="next")["href"] == "?environment=staging&page=2"
    assert rows(browse(alice).get(LIST, {**STAGING, "page": "2"})) == [
        "Revision 1 just now alice@example.com created audience testers"
    ]


@pytest.mark.parametrize("page", ["5", "x", "-1", "9" * 40, "compare?from=5", "compare?to=x", "compare?from=-1"])
def test_number_that_never_was_is_told(browse: Browse, bob: User, four: None, page: str) -> None:
    sign = "&" if "?" in page else "?"
    response = browse(bob).get(f"{LIST}/{page}{sign}environment=staging")
    assert response.status_code == 404
    assert "Give a whole number from 0 to 4." in text(response)


def test_unknown_places_are_told(browse: Browse, bob: User, four: None) -> None:
    for page in ("", "/1", "/compare"):
        assert browse(bob).get(f"{LIST}{page}?environment=nowhere").status_code == 404
        assert browse(bob).get(f"{LIST}{page}?project=nowhere").status_code == 404


def test_another_project_has_its_own_revisions(browse: Browse, alice: User, four: None) -> None:
    shop = Project.objects.create(key="shop", name="Shop")
    corner = Environment.objects.create(project=shop, key="staging", name="Corner")
    create_audience(corner, by=alice, key="buyers")
    given = {**STAGING, "project": "shop"}
    assert rows(browse(alice).get(LIST, given)) == ["Revision 1 just now alice@example.com created audience buyers"]
    response = browse(alice).get(f"{LIST}/1", given)
    assert told(response)[0].startswith("created audience buyers")
    assert element(response, "input", name="project")["value"] == "shop"


def test_strangers_sign_in_first(browse: Browse, four: None) -> None:
    for page in ("", "/1", "/compare"):
        assert browse().get(f"{LIST}{page}").url.startswith("/dashboard/sign-in")


def test_pages_are_only_read(browse: Browse, alice: User, four: None) -> None:
    for page in ("", "/1", "/compare"):
        assert browse(alice).post(f"{LIST}{page}").status_code == 405


def test_what_people_wrote_is_shown_as_text(browse: Browse, alice: User, staging: Environment) -> None:
    create_audience(staging, by=alice, key="testers", included=["<script>alert(1)</script>"])
    assert "<script>alert(1)" not in browse(alice).get(f"{LIST}/1", STAGING).content.decode()
