"""Whom a flag is for in an environment: told in words, edited in forms and as JSON, and kept when it is refused."""

import json
from typing import Any

import pytest

from accounts.models import Environment, Project, User
from flags import services
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, stored, text

PAGE = "/dashboard/flags/new-search"
IN_STAGING = f"{PAGE}?environment=staging"
SAVE = f"{PAGE}/targeting?environment=staging"
ADD = f"{PAGE}/rules/new?environment=staging"
ORDER = f"{PAGE}/rules/order?environment=staging"
COUNTRY = {"attribute": "country", "operator": "in", "value": ["US", "CA"]}
PLAN = {"attribute": "plan", "operator": "eq", "value": "pro"}
RULES: list[dict[str, Any]] = [
    {"id": "west", "conditions": [COUNTRY, PLAN], "serve": {"variant": "on"}, "rollout_percentage": 30},
    {"id": "pros", "name": "Pros", "when": PLAN, "serve": {"variant": "off"}},
]


@pytest.fixture
def ruled(flag: Flag, bob: User, staging: Environment) -> Flag:
    services.update_config(flag, staging, by=bob, is_enabled=True, rules=RULES)
    return flag


def ids(flag: Flag, environment: Environment) -> list[str]:
    return [rule["id"] for rule in stored(flag, environment).rules]


def version(page: Any, form: str = "targeting") -> str:
    return element(page, "input", id=f"{form}_version")["value"]


def simple(**given: str) -> dict[str, str]:
    return {"attribute": "plan", "operator": "eq", "wanted": "pro", "served": "on", **given}


def test_rules_are_told_in_words_and_in_order(browse: Browse, charlie: User, ruled: Flag) -> None:
    shown = element(browse(charlie).get(IN_STAGING), "ol", class_="rules").text.replace("\xa0", " ")
    assert (
        shown
        == "If country is one of US, CA and plan is pro: serve on to 30 %. west Pros If plan is pro: serve off. pros"
    )


def test_who_may_not_change_it_is_offered_nothing_to_press(browse: Browse, charlie: User, ruled: Flag) -> None:
    page = browse(charlie).get(IN_STAGING)
    assert not elements(page, "button", name="move")
    assert "Add a rule" not in text(page)
    assert "Save the targeting" not in text(page)


def test_rules_shown_and_sent_back_change_nothing(
    browse: Browse, bob: User, colours: Flag, staging: Environment
) -> None:
    split = [{"variant": "blue", "weight": 33.5}, {"variant": "green", "weight": 66.5}]
    targets = [{"variant": "green", "keys": ["bob", "alice"]}, {"variant": "blue", "keys": ["DE"], "by": "country"}]
    services.update_config(colours, staging, by=bob, rules=[{**RULES[1], "serve": {"split": split}}], targets=targets)
    page = browse(bob).get("/dashboard/flags/button-colour?environment=staging")
    areas = {
        e["name"]: e.text for e in elements(page, "textarea") if e.attributes.get("id", "").startswith("targeting_")
    }
    assert "ranges" not in areas["rules"]
    before = stored(colours, staging).version
    saved = browse(bob).post("/dashboard/flags/button-colour/targeting?environment=staging", areas)
    assert (saved.status_code, stored(colours, staging).version) == (302, before)


def test_targets_are_saved_one_per_line(browse: Browse, bob: User, flag: Flag, staging: Environment) -> None:
    response = browse(bob).post(SAVE, {"keys-on": "alice\r\n bob \r\n\r\nalice", "keys-off": "eve"})
    assert response.url == f"{IN_STAGING}#targeting"
    targets = [{"variant": "on", "keys": ["alice", "bob"]}, {"variant": "off", "keys": ["eve"]}]
    assert stored(flag, staging).targets == targets
    assert "on: alice, bob." in text(browse(bob).get(IN_STAGING))


def test_user_at_two_variants_is_refused(browse: Browse, bob: User, flag: Flag, staging: Environment) -> None:
    response = browse(bob).post(SAVE, {"keys-on": "alice", "keys-off": "alice"})
    assert response.status_code == 400
    assert "alice stands at on as well." in element(response, "div", id="targeting_keys-off_error").text
    assert stored(flag, staging).version == 0


def test_targets_too_many_for_a_page_stay_as_they_are(
    browse: Browse, bob: User, flag: Flag, staging: Environment
) -> None:
    keys = [f"user-{at}" for at in range(5_001)]
    services.update_config(flag, staging, by=bob, targets=[{"variant": "on", "keys": keys}])
    browser = browse(bob)
    assert "edit them through the API" in text(browser.get(IN_STAGING))
    assert browser.post(SAVE, {"rules": json.dumps(RULES)}).status_code == 302
    assert stored(flag, staging).targets == [{"variant": "on", "keys": keys}]


def test_prerequisites_are_saved_and_told(
    browse: Browse, bob: User, flag: Flag, project: Project, staging: Environment
) -> None:
    services.create_flag(project, by=bob, key="parent")
    rows = {
        "prerequisite_flag": ["parent", ""],
        "prerequisite_state": ["on", ""],
        "prerequisite_variants": ["on, off", ""],
    }
    browse(bob).post(SAVE, rows)
    assert stored(flag, staging).prerequisites == [{"flag": "parent", "variants": ["on", "off"], "enabled": True}]
    page = browse(bob).get(IN_STAGING)
    assert "parent is on and serves on or off." in text(page)
    assert [e["value"] for e in elements(page, "input", name="prerequisite_flag")] == ["parent", "", ""]


def test_prerequisite_that_is_not_there_is_said_at_its_row(
    browse: Browse, bob: User, flag: Flag, staging: Environment
) -> None:
    rows = {"prerequisite_flag": ["nope"], "prerequisite_state": ["on"], "prerequisite_variants": [""]}
    response = browse(bob).post(SAVE, rows)
    assert response.status_code == 400
    assert element(response, "div", id="prerequisite-why-1").text == "There is no flag nope in this project."
    assert elements(response, "input", name="prerequisite_flag")[0]["value"] == "nope"


def test_rules_are_saved_as_json(browse: Browse, bob: User, flag: Flag, staging: Environment) -> None:
    assert browse(bob).post(SAVE, {"rules": json.dumps(RULES)}).status_code == 302
    assert ids(flag, staging) == ["west", "pros"]


@pytest.mark.parametrize(
    ("typed", "why"),
    [
        ('[{"serve": }]', "This is not JSON: line 1, column 12: Expecting value."),
        ("[NaN]", "NaN is not JSON."),
        ('[{"serve": 1, "serve": 2}]', "serve is there twice in one object."),
        ("[" * 100_000, "This JSON is nested too deeply."),
        ("{}", "Give a list."),
        ('[{"serve": {"variant": "red"}}]', "Rule 1, serve: staging: the flag has no variant red."),
        ('[{"when": {"attribute": "a", "operator": "?"}, "serve": {"variant": "on"}}]', "Rule 1: staging:"),
        ('[{"serve": {"variant": "on"}, "colour": 1}]', "Rule 1, colour: This field does not exist"),
    ],
    ids=lambda value: value[:30],
)
def test_rules_that_are_refused_are_kept_with_the_reason(
    browse: Browse, bob: User, flag: Flag, staging: Environment, typed: str, why: str
) -> None:
    response = browse(bob).post(SAVE, {"rules": typed})
    assert response.status_code == 400
    assert why in element(response, "div", id="targeting_rules_error").text
    assert element(response, "textarea", id="targeting_rules").text == typed
    assert stored(flag, staging).version == 0


def test_simple_rule_is_added_behind_the_others(browse: Browse, bob: User, ruled: Flag, staging: Environment) -> None:
    given = simple(operator="in", wanted="pro, team", share="12.5", rule_name="Payers")
    assert browse(bob).post(ADD, given).status_code == 302
    added = stored(ruled, staging).rules[-1]
    condition = {"attribute": "plan", "operator": "in", "value": ["pro", "team"]}
    assert added.pop("id")
    assert added == {
        "name": "Payers",
        "conditions": [condition],
        "serve": {"variant": "on"},
        "rollout_percentage": 12.5,
    }


@pytest.mark.parametrize(
    ("given", "condition"),
    [
        ({}, PLAN),
        ({"wanted": "3"}, {**PLAN, "value": "3"}),
        ({"wanted": "3", "kind": "number"}, {**PLAN, "value": 3}),
        ({"wanted": "true", "kind": "boolean"}, {**PLAN, "value": True}),
        ({"operator": "gte", "wanted": "1.5"}, {**PLAN, "operator": "gte", "value": 1.5}),
        ({"operator": "missing", "wanted": ""}, {"attribute": "plan", "operator": "exists", "value": False}),
        ({"operator": "semver_gte", "wanted": "1.2.3"}, {**PLAN, "operator": "semver_gte", "value": "1.2.3"}),
    ],
    ids=str,
)
def test_what_is_typed_becomes_a_condition(
    browse: Browse, bob: User, flag: Flag, staging: Environment, given: dict[str, str], condition: dict[str, Any]
) -> None:
    assert browse(bob).post(ADD, simple(**given)).status_code == 302
    assert stored(flag, staging).rules[0]["conditions"] == [condition]


@pytest.mark.parametrize(
    ("given", "where"),
    [
        ({"attribute": ""}, "rule_attribute_error"),
        ({"wanted": ""}, "rule_wanted_error"),
        ({"operator": "gt", "wanted": "many"}, "rule_wanted_error"),
        ({"wanted": "yes", "kind": "boolean"}, "rule_wanted_error"),
        ({"operator": "of_tomorrow"}, "rule_operator_error"),
        ({"served": "red"}, "rule_served_error"),
        ({"share": "101"}, "rule_share_error"),
        ({"operator": "semver_gte", "wanted": "x"}, None),
        ({"operator": "in_audience", "wanted": "nobody"}, None),
    ],
    ids=str,
)
def test_rule_that_is_refused_is_kept_with_the_reason(
    browse: Browse, bob: User, flag: Flag, staging: Environment, given: dict[str, str], where: str | None
) -> None:
    typed = simple(**given)
    response = browse(bob).post(ADD, typed)
    assert response.status_code == 400
    said = element(response, "div", id=where) if where else element(response, "div", role="alert")
    assert said.text
    assert element(response, "input", id="rule_wanted").attributes.get("value", "") == typed["wanted"]
    assert stored(flag, staging).version == 0


@pytest.mark.parametrize(
    ("move", "after"),
    [
        ("down:west", ["pros", "west"]),
        ("up:pros", ["pros", "west"]),
        ("up:west", ["west", "pros"]),
        ("remove:west", ["pros"]),
    ],
)
def test_rules_are_moved_and_removed(
    browse: Browse, bob: User, ruled: Flag, staging: Environment, move: str, after: list[str]
) -> None:
    assert browse(bob).post(ORDER, {"move": move}).status_code == 302
    assert ids(ruled, staging) == after


@pytest.mark.parametrize(("move", "status"), [("up:gone", 404), ("sideways:west", 400), ("", 400)])
def test_move_that_makes_no_sense_changes_nothing(
    browse: Browse, bob: User, ruled: Flag, staging: Environment, move: str, status: int
) -> None:
    response = browse(bob).post(ORDER, {"move": move})
    assert response.status_code == status
    assert element(response, "div", role="alert").text
    assert ids(ruled, staging) == ["west", "pros"]


@pytest.mark.parametrize(
    ("path", "given", "where"),
    [
        ("targeting", {"keys-on": "alice"}, "targeting_confirmed_error"),
        ("rules/new", simple(), "rule_confirmed_error"),
        ("rules/order", {"move": "down:west"}, "order_confirmed_error"),
    ],
)
def test_protected_environment_takes_a_tick_before_it_changes(
    browse: Browse, alice: User, flag: Flag, production: Environment, path: str, given: dict[str, str], where: str
) -> None:
    services.update_config(flag, production, by=alice, rules=RULES)
    address = f"{PAGE}/{path}?environment=production"
    refused = browse(alice).post(address, given)
    assert refused.status_code == 400
    assert element(refused, "div", id=where)
    assert stored(flag, production).version == 1
    assert browse(alice).post(address, {**given, "confirmed": "on"}).status_code == 302
    assert stored(flag, production).version == 2


@pytest.mark.parametrize(
    ("path", "form", "given"),
    [
        ("targeting", "targeting", {"keys-on": "alice", "rules": "[]"}),
        ("rules/new", "rule", simple()),
        ("rules/order", "order", {"move": "down:west"}),
    ],
)
def test_what_somebody_else_saved_meanwhile_is_not_overwritten_unseen(
    browse: Browse,
    alice: User,
    bob: User,
    ruled: Flag,
    staging: Environment,
    path: str,
    form: str,
    given: dict[str, str],
) -> None:
    address = f"{PAGE}/{path}?environment=staging"
    read = version(browse(bob).get(IN_STAGING), form)
    services.update_config(ruled, staging, by=alice, rules=[*RULES, {**RULES[1], "id": "fresh"}])
    conflict = browse(bob).post(address, {**given, "version": read})
    assert conflict.status_code == 412
    assert "Somebody else saved this while you were editing" in text(conflict)
    assert ids(ruled, staging) == ["west", "pros", "fresh"]
    again = browse(bob).post(address, {**given, "version": version(conflict, form)})
    assert again.status_code == 302
    assert ids(ruled, staging) != ["west", "pros", "fresh"]


def test_who_reloads_a_refused_form_comes_back_to_the_flag(browse: Browse, bob: User, flag: Flag) -> None:
    for address in (SAVE, ADD, ORDER):
        assert browse(bob).get(address).url == IN_STAGING


def test_archived_flag_takes_no_targeting(browse: Browse, alice: User, flag: Flag) -> None:
    services.archive_flag(flag, by=alice)
    assert browse(alice).post(SAVE, {"keys-on": "alice"}).status_code == 409
    assert browse(alice).post(ADD, simple()).status_code == 409


def test_what_people_wrote_is_shown_as_text(browse: Browse, bob: User, flag: Flag, staging: Environment) -> None:
    evil = "<script>alert(1)</script>"
    rules = [{"name": evil, "when": {**PLAN, "value": evil}, "serve": {"variant": "on"}}]
    services.update_config(flag, staging, by=bob, rules=rules, targets=[{"variant": "on", "keys": [evil]}])
    assert "<script>alert" not in browse(bob).get(IN_STAGING).content.decode()


def test_what_is_saved_but_hardly_meant_is_warned_of(
    browse: Browse, bob: User, ruled: Flag, staging: Environment
) -> None:
    browser = browse(bob)
    assert not elements(browser.get(IN_STAGING), "div", class_="message warning")
    given = {"rules": json.dumps([{"id": "all", "serve": {"variant": "on"}}, *RULES])}
    page = browser.post(SAVE, given, follow=True)
    warned = element(page, "div", class_="message warning").text
    assert "Rule west never answers, because rule all before it takes everyone." in warned
    assert "unreachable_rule" in warned
    assert [e.text[:15] for e in elements(page, "li", class_="warned")] == ["If country is o", "Pros If plan is"]
