"""Why somebody gets what they get, asked on the flag's page and answered in words."""

from typing import Any

import pytest

from accounts.models import Environment, Project, User
from audit.models import Entry
from flags import services
from flags.audiences import create_audience
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, text

ASK = "/dashboard/flags/new-search/why?environment=staging"
COUNTRY = {"attribute": "country", "operator": "in", "value": ["US", "CA"]}
PLAN = {"attribute": "plan", "operator": "eq", "value": "pro"}


@pytest.fixture
def ruled(flag: Flag, project: Project, bob: User, staging: Environment) -> Flag:
    """On in staging for American pros, when the parent is on; the default is off."""
    services.create_flag(project, by=bob, key="parent", environment=staging, config={"is_enabled": True})
    config = {
        "prerequisites": [{"flag": "parent", "variants": ["on"]}],
        "targets": [{"variant": "on", "keys": ["alice"]}],
        "rules": [{"id": "west", "when": {"all": [COUNTRY, {"not": PLAN}]}, "serve": {"variant": "on"}}],
        "serve": {"variant": "off"},
    }
    services.update_config(flag, staging, by=bob, is_enabled=True, **config)
    return flag


def told(page: Any) -> str:
    return element(page, "ol", class_="trace").text


def test_each_step_is_told_with_what_was_wanted_and_what_is_there(browse: Browse, charlie: User, ruled: Flag) -> None:
    page = browse(charlie).post(ASK, {"user_id": "bob", "context": '{"country": "DE"}'})
    assert page.status_code == 200
    assert told(page).replace("Yes: ", "").replace("No: ", "") == (
        "The flag is on. Flag parent has to serve on: it is on and serves on. "
        "The user (bob) is not named among the targets. "
        "Rule west does not apply. all of these: country is one of US, CA: it is DE. "
        "not this: plan is pro: it is missing. "
        "No rule decided, so the default does. Served: off."
    )


def test_smallest_change_is_told(browse: Browse, charlie: User, ruled: Flag) -> None:
    page = browse(charlie).post(ASK, {"user_id": "bob", "context": '{"country": "DE"}'})
    assert "If country were US, the answer would be on (true)." in text(page)


def test_rule_that_decides_says_so(browse: Browse, charlie: User, ruled: Flag) -> None:
    page = browse(charlie).post(ASK, {"user_id": "bob", "context": '{"country": "US"}'})
    assert "Rule west decides." in told(page)
    assert elements(page, "p", class_="sentence")[-1].text == "on (true)"


def test_target_is_told(browse: Browse, charlie: User, ruled: Flag) -> None:
    assert "The user (alice) is named among the targets." in told(browse(charlie).post(ASK, {"user_id": "alice"}))


def test_prerequisite_that_fails_is_told(browse: Browse, bob: User, ruled: Flag, staging: Environment) -> None:
    services.update_config(Flag.objects.get(key="parent"), staging, by=bob, is_enabled=False)
    page = browse(bob).post(ASK, {"user_id": "bob"})
    assert "No: Flag parent has to serve on: it is off and serves off." in told(page)


def test_audiences_are_told_with_their_rules(browse: Browse, bob: User, ruled: Flag, staging: Environment) -> None:
    create_audience(staging, by=bob, key="team", included=["bob"], rules=[{"when": PLAN}])
    rules = [{"id": "team", "when": {"operator": "in_audience", "value": "team"}, "serve": {"variant": "on"}}]
    services.update_config(ruled, staging, by=bob, rules=rules)
    asked = [told(browse(bob).post(ASK, {"user_id": user})) for user in ("bob", "eve")]
    assert "Yes: The user is included by name in team." in asked[0]
    assert "The user is not named in team; one of its rules has to match: No: plan is pro: it is missing." in asked[1]


def test_bucket_is_told_with_its_ranges(browse: Browse, bob: User, ruled: Flag, staging: Environment) -> None:
    rules = [{"id": "all", "serve": {"variant": "on"}, "rollout_percentage": 0}]
    split = [{"variant": "on", "weight": 50}, {"variant": "off", "weight": 50}]
    services.update_config(ruled, staging, by=bob, rules=rules, serve={"split": split})
    page = told(browse(bob).post(ASK, {"user_id": "bob"}))
    assert "buckets 0 to below 0 of 100,000; the user's is " in page
    assert "on: buckets 0 to below 50,000." in page
    assert "none, because the id is missing" in told(browse(bob).post(ASK, {}))


@pytest.mark.parametrize("typed", ["{", "[]", '{"a": NaN}', '{"a": 1e400}', "[" * 100_000, '{"a": "\\u0000"}'])
def test_bad_context_is_said_at_its_field_and_kept(browse: Browse, bob: User, flag: Flag, typed: str) -> None:
    page = browse(bob).post(ASK, {"user_id": "bob", "context": typed})
    assert page.status_code == 400
    assert element(page, "div", id="why_context_error").text
    assert element(page, "textarea", id="why_context").text == typed


def test_archived_and_off_flags_are_explained(browse: Browse, alice: User, flag: Flag) -> None:
    assert "The flag is off." in told(browse(alice).post(ASK, {"user_id": "bob"}))
    services.archive_flag(flag, by=alice)
    assert "FLAG_NOT_FOUND" in text(browse(alice).post(ASK, {"user_id": "bob"}))


def test_asking_changes_nothing_and_is_for_who_signed_in(browse: Browse, charlie: User, ruled: Flag) -> None:
    before = Entry.objects.count()
    browse(charlie).post(ASK, {"user_id": "bob"})
    assert Entry.objects.count() == before
    assert browse().post(ASK, {"user_id": "bob"}).url.startswith("/dashboard/sign-in")
    assert browse(charlie).get(ASK).url == "/dashboard/flags/new-search?environment=staging"


def test_what_people_typed_is_shown_as_text(browse: Browse, bob: User, ruled: Flag) -> None:
    page = browse(bob).post(ASK, {"user_id": "<script>alert(1)</script>", "context": '{"country": "<b>"}'})
    assert "<script>alert" not in page.content.decode()
    assert "<b>" not in page.content.decode()
