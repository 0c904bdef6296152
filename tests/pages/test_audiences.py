"""The pages of audiences: listed, made, changed, and deleted where nobody asks for them."""

import json
from typing import Any

import pytest

from accounts.models import Environment, Project, User
from flags import services
from flags.audiences import create_audience, update_audience
from flags.models import Audience, Flag
from tests.pages.reading import Browse, element, elements, text

LIST = "/dashboard/audiences"
NEW = f"{LIST}/new?environment=staging"
PAGE = f"{LIST}/testers?environment=staging"
DELETE = f"{LIST}/testers/delete?environment=staging"
GERMANS = [{"id": "de", "conditions": [{"attribute": "country", "operator": "eq", "value": "DE"}]}]
ASKING = [{"when": {"operator": "in_audience", "value": "testers"}, "serve": {"variant": "on"}}]


@pytest.fixture
def testers(bob: User, staging: Environment) -> Audience:
    return create_audience(staging, by=bob, key="testers", name="Testers", included=["alice", "bob"], rules=GERMANS)


@pytest.fixture
def asking(testers: Audience, flag: Flag, bob: User, staging: Environment) -> Flag:
    services.update_config(flag, staging, by=bob, rules=ASKING)
    return flag


def given(**fields: Any) -> dict[str, Any]:
    return {"name": "Testers", "included": "alice\r\nbob", "excluded": "", "rules": json.dumps(GERMANS), **fields}


def again(audience: Audience) -> Audience:
    return Audience.objects.get(pk=audience.pk)


def test_list_is_of_one_environment_and_counts(browse: Browse, charlie: User, asking: Flag) -> None:
    rows = [e.text for e in elements(browse(charlie).get(LIST, {"environment": "staging"}), "tr")][1:]
    assert rows == ["testers Testers 2 0 1 1 flag"]
    assert "No audiences yet" in text(browse(charlie).get(LIST, {"environment": "production"}))
    assert browse(charlie).get(LIST, {"environment": "nowhere"}).status_code == 404


def test_list_is_searched(browse: Browse, bob: User, testers: Audience) -> None:
    assert element(browse(bob).get(LIST, {"environment": "staging", "search": "test"}), "a", class_="key")
    assert "No audience matches" in text(browse(bob).get(LIST, {"environment": "staging", "search": "x"}))


def test_list_of_a_project_without_environments_is_empty(browse: Browse, alice: User) -> None:
    Project.objects.create(key="bare", name="Bare")
    assert "No audiences yet" in text(browse(alice).get(LIST, {"project": "bare"}))


def test_navigation_leads_there(browse: Browse, bob: User, testers: Audience) -> None:
    assert element(browse(bob).get(LIST), "a", href=LIST)["aria-current"] == "page"


def test_audience_is_made(browse: Browse, bob: User, staging: Environment) -> None:
    response = browse(bob).post(NEW, given(key="testers"))
    assert response.url == PAGE
    made = Audience.objects.get()
    assert (made.environment, made.included, made.rules) == (staging, ["alice", "bob"], GERMANS)


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"key": "has space"}, "id_key_error"),
        ({"key": ""}, "id_key_error"),
        ({"key": "testers"}, "id_key_error"),
        ({"included": "x" * 513}, "id_included_error"),
        ({"rules": "{"}, "id_rules_error"),
        ({"rules": '[{"serve": {}}]'}, "id_rules_error"),
        ({"rules": '[{"when": {"operator": "in_audience", "value": "nobody"}}]'}, "id_rules_error"),
    ],
    ids=str,
)
def test_bad_input_is_said_at_its_field_and_kept(
    browse: Browse, bob: User, testers: Audience, bad: dict[str, str], where: str
) -> None:
    typed = given(**{"key": "fresh", **bad})
    response = browse(bob).post(NEW, typed)
    assert response.status_code in (400, 409)
    assert element(response, "div", id=where).text
    assert element(response, "textarea", name="rules").text == typed["rules"]
    assert Audience.objects.count() == 1


def test_page_tells_who_is_in_and_who_uses_it(browse: Browse, charlie: User, asking: Flag) -> None:
    page = browse(charlie).get(PAGE)
    assert "Always in 2 users Never in 0 users" in text(page)
    assert "If country is DE." in text(page)
    assert element(page, "a", href="/dashboard/flags/new-search?environment=staging").text == "new-search"
    assert "bob@example.com created audience testers" in text(page)


def test_audience_shown_and_sent_back_changes_nothing(browse: Browse, bob: User, testers: Audience) -> None:
    areas = {e["name"]: e.text for e in elements(browse(bob).get(PAGE), "textarea")}
    assert browse(bob).post(PAGE, {"name": "Testers", **areas}).status_code == 302
    assert again(testers).version == testers.version


def test_audience_is_changed(browse: Browse, bob: User, testers: Audience) -> None:
    browse(bob).post(PAGE, given(included="carol", excluded="eve", rules=""))
    changed = again(testers)
    assert (changed.included, changed.excluded, changed.rules) == (["carol"], ["eve"], [])


def test_list_too_long_for_a_page_stays_as_it_is(
    browse: Browse, bob: User, testers: Audience, staging: Environment
) -> None:
    keys = [f"user-{at}" for at in range(5_001)]
    update_audience(testers, by=bob, included=keys)
    page = browse(bob).get(PAGE)
    assert "5001 users" in text(page)
    assert not elements(page, "textarea", name="included")
    browse(bob).post(PAGE, given(included="", name="Renamed"))
    assert (again(testers).name, again(testers).included) == ("Renamed", keys)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unseen(
    browse: Browse, alice: User, bob: User, testers: Audience
) -> None:
    read = element(browse(bob).get(PAGE), "input", name="version")["value"]
    update_audience(testers, by=alice, name="Alice's")
    conflict = browse(bob).post(PAGE, given(name="Bob's", version=read))
    assert (conflict.status_code, again(testers).name) == (412, "Alice's")
    assert element(conflict, "input", name="name")["value"] == "Bob's"
    newest = element(conflict, "input", name="version")["value"]
    assert browse(bob).post(PAGE, given(name="Bob's", version=newest)).status_code == 302
    assert again(testers).name == "Bob's"


def test_protected_environment_takes_a_tick(browse: Browse, alice: User, production: Environment) -> None:
    address = f"{LIST}/new?environment=production"
    refused = browse(alice).post(address, given(key="payers"))
    assert element(refused, "div", id="id_confirmed_error")
    assert not Audience.objects.exists()
    assert browse(alice).post(address, given(key="payers", confirmed="on")).status_code == 302


def test_developer_changes_no_audience_of_production(
    browse: Browse, alice: User, bob: User, production: Environment
) -> None:
    create_audience(production, by=alice, key="payers")
    here = f"{LIST}/payers?environment=production"
    assert browse(bob).get(f"{LIST}/new?environment=production").status_code == 403
    assert browse(bob).post(here, given(confirmed="on")).status_code == 403
    assert browse(bob).post(f"{LIST}/payers/delete?environment=production").status_code == 403
    page = browse(bob).get(here)
    assert not elements(page, "button", class_="primary")
    assert Audience.objects.get().version == 1


def test_deleting_asks_first_and_leads_to_the_list(browse: Browse, bob: User, testers: Audience) -> None:
    assert "Delete testers?" in text(browse(bob).get(DELETE))
    assert Audience.objects.exists()
    assert browse(bob).post(DELETE).url == f"{LIST}?environment=staging"
    assert not Audience.objects.exists()


def test_audience_in_use_is_not_deleted_and_says_by_whom(browse: Browse, bob: User, asking: Flag) -> None:
    asked = browse(bob).get(DELETE)
    assert "testers is in use" in text(asked)
    assert "Delete it" not in text(asked)
    refused = browse(bob).post(DELETE)
    assert refused.status_code == 409
    assert "flag new-search" in text(refused)
    assert Audience.objects.exists()


@pytest.mark.parametrize("key", ["new", ".", ".."])
def test_audience_with_a_key_that_is_no_address_is_found_by_its_id(
    browse: Browse, bob: User, staging: Environment, key: str
) -> None:
    made = create_audience(staging, by=bob, key=key)
    link = element(browse(bob).get(LIST, {"environment": "staging"}), "a", class_="key")
    assert link["href"] == f"{LIST}/{made.pk}?environment=staging"
    assert browse(bob).get(link["href"]).status_code == 200


def test_audience_that_is_not_there_is_a_page_that_says_so(browse: Browse, bob: User, project: Project) -> None:
    assert browse(bob).get(PAGE).status_code == 404
