"""The pages of experiments: listed, made, shown, defined, explained and deleted."""

import json
from typing import Any

import pytest

from accounts.models import Environment, Project, User
from experiments.models import Experiment
from experiments.services import update_experiment
from flags.audiences import create_audience
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, text
from tests.pages.trials import address, again, draft, ranges, running

LIST = "/dashboard/experiments"
NEW = f"{LIST}/new"
DEALT = {"salt": "pepper", "algorithm": "xxh64"}


@pytest.fixture
def button(staging: Environment, bob: User) -> Experiment:
    return draft(staging, by=bob, name="Colour of the button", owner=bob, hypothesis="Green says go.")


def new(**fields: Any) -> dict[str, Any]:
    return {"key": "button", "environment": "staging", "variants": "control, treatment", **fields}


def rows(page: Any) -> list[str]:
    return [row.text for row in elements(page, "tr")][1:]


def test_list_tells_how_each_experiment_stands(browse: Browse, charlie: User, button: Experiment) -> None:
    [row] = rows(browse(charlie).get(LIST))
    assert "button Colour of the button Draft Staging" in row
    assert "50\N{NO-BREAK SPACE}% control, 50\N{NO-BREAK SPACE}% treatment none Bob" in row


def test_list_is_narrowed(browse: Browse, alice: User, button: Experiment, production: Environment) -> None:
    running(production, by=alice, key="headline")
    browser = browse(alice)

    def shown(**query: str) -> list[str]:
        return [link.text for link in elements(browser.get(LIST, query), "a", class_="key")]

    assert shown() == ["button", "headline"]
    assert shown(status="RUNNING") == ["headline"]
    assert shown(environment="staging") == ["button"]
    assert shown(search="says go") == ["button"]
    assert shown(flag="new-search") == []
    assert shown(status="nonsense", environment="nowhere") == ["button", "headline"]
    assert "No experiment matches" in text(browser.get(LIST, {"search": "x" * 9}))


def test_empty_list_says_what_an_experiment_is_to_those_who_may_make_one(
    browse: Browse, bob: User, charlie: User
) -> None:
    page = browse(bob).get(LIST)
    assert "gives users different variants by chance" in text(page)
    assert [link["aria-current"] for link in elements(page, "a", href=LIST)] == ["page", "page"]
    assert len(elements(page, "a", href=NEW)) == 2
    assert not elements(browse(charlie).get(LIST), "a", href=NEW)


def test_list_takes_as_many_queries_for_many_experiments(
    browse: Browse, bob: User, staging: Environment, django_assert_max_num_queries: Any
) -> None:
    for at in range(8):
        draft(staging, by=bob, key=f"many-{at}")
    browser = browse(bob)
    with django_assert_max_num_queries(12):
        browser.get(LIST)


def test_draft_is_made_with_an_even_split(browse: Browse, bob: User, staging: Environment) -> None:
    response = browse(bob).post(NEW, new(variants="a, b, c", owner="bob@example.com", tags="web, checkout"))
    assert response.url == address()
    made = Experiment.objects.get()
    assert (made.environment, made.status, made.owner, made.tags) == (staging, "DRAFT", bob, ["web", "checkout"])
    assert ranges(made) == [("a", 0, 3333), ("b", 3334, 6666), ("c", 6667, 9999)]


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"key": "has space"}, "id_key_error"),
        ({"key": ""}, "id_key_error"),
        ({"key": "button"}, "id_key_error"),
        ({"environment": "nowhere"}, "id_environment_error"),
        ({"environment": "production"}, "id_environment_error"),
        ({"variants": ""}, "id_variants_error"),
        ({"variants": "control, tr@atment"}, "id_variants_error"),
        ({"flag": "nowhere"}, "id_flag_error"),
        ({"owner": "nobody@example.com"}, "id_owner_error"),
    ],
    ids=str,
)
def test_bad_input_is_said_at_its_field_and_kept(
    browse: Browse, bob: User, button: Experiment, bad: dict[str, str], where: str
) -> None:
    response = browse(bob).post(NEW, new(**{"key": "fresh", "hypothesis": "Keep this.", **bad}))
    assert response.status_code in (400, 409)
    assert element(response, "div", id=where).text
    assert element(response, "textarea", name="hypothesis").text == "Keep this."
    assert Experiment.objects.count() == 1


def test_page_tells_what_it_compares_and_what_starting_does(browse: Browse, charlie: User, button: Experiment) -> None:
    page = browse(charlie).get(address())
    told = text(page)
    assert "Draft: nobody takes part until it is started." in told
    assert "Green says go." in told
    assert '{ "color": "treatment" }' in told
    bar = element(page, "svg", role="img")
    assert bar["aria-label"] == "Buckets of the experiment: control 0 to 4,999, treatment 5,000 to 9,999"
    assert "/api/decide?env=staging&user_key=user-1&experiments=button" in told
    assert "bob@example.com created experiment button" in told


def test_page_of_an_experiment_that_is_not_there(browse: Browse, bob: User, project: Project) -> None:
    assert browse(bob).get(address()).status_code == 404
    assert browse(bob).get(address(environment="nowhere")).status_code == 404
    assert browse(bob).get("/dashboard/experiments/button").status_code == 404


def test_definition_is_saved(browse: Browse, bob: User, button: Experiment) -> None:
    given = {
        "name": "New",
        "hypothesis": "a\r\nb",
        "tags": "x",
        "flag": "",
        "salt": "pepper",
        "algorithm": "experiments-murmur3",
    }
    assert browse(bob).post(address("definition"), given).status_code == 302
    saved = again(button)
    assert (saved.name, saved.hypothesis, saved.tags, saved.owner) == ("New", "a\nb", ["x"], None)
    assert (saved.salt, saved.algorithm) == ("pepper", "experiments-murmur3")


def test_definition_shown_and_sent_back_changes_nothing(browse: Browse, bob: User, button: Experiment) -> None:
    page = browse(bob).get(address())
    form = [e for e in elements(page, "input") if e.attributes.get("id", "").startswith("definition_")]
    given = {e["name"]: e["value"] for e in form if "value" in e}
    given |= {
        e["name"]: e.text for e in elements(page, "textarea") if e.attributes.get("id", "").startswith("definition_")
    }
    assert browse(bob).post(address("definition"), {**given, "algorithm": "xxh64"}).status_code == 302
    assert again(button).version == button.version


def test_what_users_are_dealt_by_is_not_offered_once_it_has_started(
    browse: Browse, bob: User, staging: Environment
) -> None:
    experiment = running(staging, by=bob)
    page = browse(bob).get(address())
    assert not elements(page, "input", name="salt")
    assert not elements(page, "input", name="flag")
    browse(bob).post(address("definition"), {"name": "New", "salt": "other"})
    assert (again(experiment).name, again(experiment).salt) == ("New", experiment.salt)


def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unseen(
    browse: Browse, alice: User, bob: User, button: Experiment
) -> None:
    read = element(browse(bob).get(address()), "input", id="definition_version")["value"]
    update_experiment(button, by=alice, name="Alice's")
    conflict = browse(bob).post(address("definition"), {**DEALT, "name": "Bob's", "version": read})
    assert (conflict.status_code, again(button).name) == (412, "Alice's")
    assert element(conflict, "input", id="definition_name")["value"] == "Bob's"
    newest = element(conflict, "input", id="definition_version")["value"]
    assert browse(bob).post(address("definition"), {**DEALT, "name": "Bob's", "version": newest}).status_code == 302
    assert again(button).name == "Bob's"


def test_tick_is_asked_for_where_users_of_production_see_the_change(
    browse: Browse, alice: User, production: Environment
) -> None:
    draft(production, by=alice, key="resting")
    experiment = running(production, by=alice)
    here = address("definition", environment="production")
    assert element(browse(alice).post(here, {"name": "New"}), "div", id="definition_confirmed_error")
    assert browse(alice).post(here, {"name": "New", "confirmed": "on"}).status_code == 302
    resting = address("definition", key="resting", environment="production")
    assert browse(alice).post(resting, {**DEALT, "name": "New"}).status_code == 302
    assert again(experiment).name == "New"


def test_archived_experiment_is_shown_and_offers_no_change(browse: Browse, bob: User, button: Experiment) -> None:
    browse(bob).post(address("move"), {"to": "ARCHIVED", "confirmed": "yes"})
    page = browse(bob).get(address())
    assert "An archived experiment stays as it is" in text(page)
    assert not elements(page, "button", class_="primary")
    assert [e.text for e in elements(page, "a", class_="button")] == ["Delete…"]
    assert browse(bob).post(address("definition"), {"name": "New"}).status_code == 409


def test_developer_is_told_why_production_cannot_be_changed(
    browse: Browse, alice: User, bob: User, production: Environment
) -> None:
    running(production, by=alice)
    page = browse(bob).get(address(environment="production"))
    assert "This changes what a protected environment serves." in text(page)
    assert not elements(page, "button", class_="primary")
    assert not elements(page, "button", name="to")
    assert not elements(page, "a", class_="button")


def test_who_takes_part_is_told_and_saved(browse: Browse, bob: User, button: Experiment, staging: Environment) -> None:
    create_audience(staging, by=bob, key="testers")
    given = {"attribute": "country", "operator": "in", "wanted": "DE, AT", "rule_name": "West"}
    assert browse(bob).post(address("rules/new"), given).url == f"{address()}#participation"
    rules = element(browse(bob).get(address()), "textarea", name="targeting_rules").text
    assert (
        browse(bob).post(address("participation"), {"audience": "testers", "targeting_rules": rules}).status_code == 302
    )
    page = browse(bob).get(address())
    assert "West If country is one of DE, AT." in text(page)
    assert "Audience testers" in text(page)
    [rule] = again(button).targeting_rules
    browse(bob).post(address("rules/order"), {"move": f"remove:{rule['id']}"})
    assert again(button).targeting_rules == []


@pytest.mark.parametrize(
    ("page", "given", "where"),
    [
        ("rules/new", {"operator": "eq", "wanted": "DE"}, "rule_attribute_error"),
        ("rules/new", {"operator": "gt", "attribute": "age", "wanted": "old"}, "rule_wanted_error"),
        ("rules/new", {"operator": "in_audience", "wanted": "testers"}, "rule_operator_error"),
        ("participation", {"targeting_rules": "{"}, "participation_targeting_rules_error"),
        ("participation", {"targeting_rules": '[{"when": {"operator": "?"}}]'}, "participation_targeting_rules_error"),
        ("participation", {"audience": "nobody"}, "participation_audience_error"),
        ("participation", {"layer": "none"}, "participation_layer_error"),
        ("participation", {"layer_share": "101"}, "participation_layer_share_error"),
    ],
    ids=str,
)
def test_bad_targeting_is_said_at_its_field(
    browse: Browse, bob: User, button: Experiment, page: str, given: dict[str, str], where: str
) -> None:
    response = browse(bob).post(address(page), given)
    assert response.status_code == 400
    assert element(response, "div", id=where).text
    assert again(button).version == button.version


def test_flag_leads_to_a_new_experiment_with_its_variants(
    browse: Browse, bob: User, charlie: User, colours: Flag, staging: Environment
) -> None:
    there = "/dashboard/flags/button-colour?environment=staging"
    link = next(e for e in elements(browse(bob).get(there), "a") if e.text == "New experiment on it")
    page = browse(bob).get(link["href"])
    shown = {e["name"]: e.attributes.get("value") for e in elements(page, "input")}
    assert (shown["flag"], shown["variants"]) == ("button-colour", "blue, green")
    assert element(page, "option", value="staging").attributes.get("selected") is not None
    assert "New experiment on it" not in text(browse(charlie).get(there))


def test_page_on_a_flag_leads_to_it(browse: Browse, bob: User, flag: Flag, staging: Environment) -> None:
    variants = [{"key": "off"}, {"key": "on"}]
    draft(staging, by=bob, flag="new-search", variants=variants, allocations=[])
    page = browse(bob).get(address())
    assert elements(page, "a", href="/dashboard/flags/new-search?environment=staging")
    assert "/evaluate/new-search?environment_key=staging" in text(page)
    assert "It needs at least one allocation of buckets to a variant." in text(page)


def test_assignment_is_explained(browse: Browse, charlie: User, bob: User, button: Experiment) -> None:
    rules = [{"id": "west", "conditions": [{"attribute": "country", "operator": "eq", "value": "DE"}]}]
    update_experiment(button, by=bob, targeting_rules=rules)
    asked = {"user_id": "user-123", "context": '{"country": "DE"}'}
    page = browse(charlie).post(address("why"), asked)
    assert element(page, "div", class_="answer").text.startswith(("control (", "treatment ("))
    assert "country is DE: it is DE." in element(page, "ol", class_="trace").text
    assert "this is what would be if it ran" in text(page)
    outside = browse(charlie).post(address("why"), {**asked, "context": '{"country": "FR"}'})
    assert (
        "Not in the experiment. None of the targeting rules matches." in element(outside, "div", class_="answer").text
    )


def test_question_about_what_cannot_run_is_answered_with_what_is_missing(
    browse: Browse, bob: User, staging: Environment
) -> None:
    draft(staging, by=bob, allocations=[])
    page = browse(bob).post(address("why"), {"user_id": "u"})
    assert page.status_code == 422
    assert "It needs at least one allocation" in text(page)
    assert element(page, "input", name="user_id")["value"] == "u"


def test_bad_question_is_said_at_its_field(browse: Browse, bob: User, button: Experiment) -> None:
    page = browse(bob).post(address("why"), {"user_id": "u", "context": json.dumps([1])})
    assert page.status_code == 400
    assert "Write an object of attributes" in element(page, "div", id="why_context_error").text


def test_deleting_asks_first(browse: Browse, bob: User, button: Experiment) -> None:
    assert "Delete button?" in text(browse(bob).get(address("delete")))
    assert Experiment.objects.exists()
    assert browse(bob).post(address("delete")).url == LIST
    assert not Experiment.objects.exists()


def test_forms_that_are_reloaded_lead_to_the_experiment(browse: Browse, bob: User, button: Experiment) -> None:
    for page in ("definition", "participation", "rules/new", "rules/order", "variants", "shares", "ranges", "why"):
        assert browse(bob).get(address(page)).url == address()


@pytest.mark.parametrize("key", ["new", ".", ".."])
def test_experiment_with_a_key_that_is_no_address_is_found_by_its_id(
    browse: Browse, bob: User, staging: Environment, key: str
) -> None:
    made = draft(staging, by=bob, key=key)
    link = element(browse(bob).get(LIST), "a", class_="key")
    assert link["href"] == f"{LIST}/{made.pk}?environment=staging"
    assert browse(bob).get(link["href"]).status_code == 200
