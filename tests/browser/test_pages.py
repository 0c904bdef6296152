"""The pages in a browser: signing in, searching, making and editing a flag, on wide and narrow screens."""

import pytest
from playwright.sync_api import expect

from accounts.models import Environment, Project, User
from flags import services
from flags.audiences import create_audience
from flags.models import Flag, FlagConfig
from tests.browser.conftest import SignedIn
from tests.browser.looking import look_at

PAGES = [
    "/dashboard/flags",
    "/dashboard/flags/new",
    "/dashboard/flags/new-search?environment=production",
    "/dashboard/flags/button-colour",
    "/dashboard/flags/new-search/switch?environment=production&to=on",
    "/dashboard/flags/new-search/delete",
    "/dashboard/flags/targeted?environment=production",
    "/dashboard/usage",
    "/dashboard/audiences?environment=production",
    "/dashboard/audiences/new?environment=production",
    "/dashboard/audiences/a-rather-long-audience-key-of-payers?environment=production",
    "/dashboard/history?environment=production",
    "/dashboard/history/compare?environment=production&from=0",
    "/dashboard/audit",
    "/dashboard/keys?environment=production",
    "/dashboard/keys/new?environment=production",
]
LONG = {"attribute": "device.browser.version_of_the_engine", "operator": "in", "value": ["z" * 90, "US", "CA"]}


@pytest.fixture
def colours(flag: Flag, project: Project, alice: User) -> Flag:
    variants = [{"key": f"a-rather-long-variant-key-{at}", "value": "#" * 90} for at in range(3)]
    return services.create_flag(project, by=alice, key="button-colour", flag_type="string", variants=variants)


@pytest.fixture
def targeted(flag: Flag, project: Project, alice: User, production: Environment) -> Flag:
    """A flag with all kinds of targeting in production, whose words are long."""
    key = "a-rather-long-audience-key-of-payers"
    create_audience(production, by=alice, key=key, included=["user-" + "x" * 300], rules=[{"when": LONG}])
    asked = {"operator": "in_audience", "value": key}
    config = {
        "is_enabled": True,
        "prerequisites": [{"flag": "new-search", "variants": ["on"], "enabled": True}],
        "targets": [{"variant": "on", "keys": ["user-" + "x" * 300, "bob"]}],
        "rules": [{"name": "y" * 100, "when": {"all": [LONG, asked]}, "serve": {"variant": "on"}}],
    }
    return services.create_flag(project, by=alice, key="targeted", environment=production, config=config)


def test_wrong_password_is_told_and_the_e_mail_kept(signed_in: SignedIn, bob: User, complaints: list[str]) -> None:
    page = signed_in()
    page.get_by_label("E-mail").fill(bob.email)
    page.get_by_label("Password").fill("a wrong one")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_contain_text("E-mail or password is wrong")
    expect(page.get_by_label("E-mail")).to_have_value(bob.email)
    assert all("401" in complaints.pop() for _ in list(complaints))


def test_signing_out_leads_to_the_sign_in_page(signed_in: SignedIn, bob: User) -> None:
    page = signed_in(bob)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()


def test_list_is_searched_while_typing_and_the_address_follows(signed_in: SignedIn, bob: User, colours: Flag) -> None:
    page = signed_in(bob)
    page.get_by_role("searchbox").press_sequentially("colour")
    expect(page.get_by_role("link", name="new-search")).to_have_count(0)
    expect(page.locator("#count")).to_have_text("1 flag found")
    page.wait_for_url("**/dashboard/flags?search=colour")
    page.reload()
    expect(page.get_by_role("searchbox")).to_have_value("colour")


def test_flag_with_variants_is_made_and_split(
    signed_in: SignedIn, bob: User, project: Project, staging: Environment
) -> None:
    page = signed_in(bob)
    page.get_by_role("link", name="New flag").click()
    page.get_by_label("Key", exact=True).fill("headline")
    expect(page.get_by_label("Key of variant 1")).to_be_hidden()
    page.get_by_label("Type").select_option("string")
    page.get_by_label("Key of variant 1").fill("calm")
    page.get_by_label("Value of variant 1").fill("Welcome")
    page.get_by_role("button", name="More rows").click()
    expect(page.get_by_label("Key of variant 4")).to_be_visible()
    page.get_by_label("Key of variant 4").fill("loud")
    page.get_by_label("Value of variant 4").fill("WELCOME")
    page.get_by_role("button", name="Make the flag").click()
    page.get_by_role("link", name="Staging").click()
    page.get_by_role("switch", name="On").check()
    expect(page.get_by_label("calm", exact=True)).to_be_hidden()
    page.get_by_label("A split of users").check()
    page.get_by_label("calm", exact=True).fill("25")
    page.get_by_label("loud", exact=True).fill("75")
    page.get_by_role("button", name="Save in Staging").click()
    expect(page.locator(".sentence")).to_have_text("On, and splits users: 25 % calm, 75 % loud.")
    assert FlagConfig.objects.get(environment=staging).is_enabled


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_fits_the_screen_and_is_accessible(
    signed_in: SignedIn, alice: User, colours: Flag, targeted: Flag, width: int, scheme: str
) -> None:
    page = signed_in(alice, viewport={"width": width, "height": 800}, color_scheme=scheme)
    look_at(page, PAGES)


def test_keyboard_reaches_the_content_first(signed_in: SignedIn, bob: User, flag: Flag) -> None:
    page = signed_in(bob)
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="Skip to the content")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
