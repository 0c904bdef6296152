"""Targeting and audiences in a browser: a rule is added, moved and explained; an audience is made and asked for."""

from playwright.sync_api import expect

from accounts.models import Environment, User
from flags import services
from flags.models import Audience, Flag, FlagConfig
from tests.browser.conftest import SignedIn

PRO = {"attribute": "plan", "operator": "eq", "value": "pro"}


def test_rule_is_added_moved_up_and_explained(signed_in: SignedIn, bob: User, flag: Flag, staging: Environment) -> None:
    rules = [{"id": "pros", "when": PRO, "serve": {"variant": "off"}}]
    services.update_config(flag, staging, by=bob, is_enabled=True, rules=rules)
    page = signed_in(bob)
    page.goto("/dashboard/flags/new-search?environment=staging")
    page.get_by_text("Add a rule").click()
    page.get_by_label("Attribute").fill("country")
    page.get_by_label("Comparison").select_option("in")
    page.get_by_label("Compared with").fill("US, CA")
    page.get_by_label("Serves", exact=True).select_option("on")
    page.get_by_role("button", name="Add the rule").click()
    listed = page.locator(".rules li")
    expect(listed.nth(1)).to_contain_text("If country is one of US, CA: serve on.")
    page.get_by_role("button", name="Move rule 2 up").click()
    expect(listed.nth(0)).to_contain_text("If country is one of US, CA: serve on.")
    page.get_by_label("User id", exact=True).fill("carol")
    page.get_by_label("What is known about them").fill('{"country": "DE"}')
    page.get_by_role("button", name="Explain").click()
    expect(page.locator(".trace")).to_contain_text("country is one of US, CA: it is DE.")
    expect(page.locator("#why .sentence")).to_have_text("on (true)")


def test_audience_is_made_and_asked_for_and_then_stays(
    signed_in: SignedIn, bob: User, flag: Flag, staging: Environment
) -> None:
    page = signed_in(bob, java_script_enabled=False)
    page.goto("/dashboard/audiences?environment=staging")
    page.get_by_role("link", name="New audience").click()
    page.get_by_label("Key", exact=True).fill("testers")
    page.get_by_label("Always in").fill("alice\nbob")
    page.get_by_role("button", name="Make the audience").click()
    expect(page.locator(".facts")).to_contain_text("2 users")
    page.goto("/dashboard/flags/new-search?environment=staging")
    page.get_by_text("Add a rule").click()
    page.get_by_label("Comparison").select_option("in_audience")
    page.get_by_label("Compared with").fill("testers")
    page.get_by_role("button", name="Add the rule").click()
    expect(page.locator(".rules")).to_contain_text("If the user is in audience testers: serve on.")
    page.goto("/dashboard/audiences/testers/delete?environment=staging")
    expect(page.get_by_role("heading", name="testers is in use")).to_be_visible()
    assert FlagConfig.objects.get(environment=staging).rules
    assert Audience.objects.exists()
