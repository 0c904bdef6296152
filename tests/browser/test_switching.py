"""The switches of the list, pressed in a browser."""

from playwright.sync_api import Locator, Page, expect

from accounts.models import Environment, Role, User
from flags.models import Flag, FlagConfig
from tests.browser.conftest import SignedIn


def switch(page: Page, environment: str) -> Locator:
    return page.get_by_role("switch", name=f"new-search in {environment}")


def is_on(environment: Environment) -> bool:
    return FlagConfig.objects.filter(environment=environment, is_enabled=True).exists()


def test_switch_changes_its_row_in_place_and_says_so(
    signed_in: SignedIn, bob: User, flag: Flag, staging: Environment
) -> None:
    page = signed_in(bob)
    page.evaluate("window.stayed = true")
    switch(page, "Staging").press("Space")
    expect(page.locator("#said")).to_have_text("new-search is now on in Staging.")
    expect(switch(page, "Staging")).to_be_checked()
    expect(switch(page, "Staging")).to_be_focused()
    assert page.evaluate("window.stayed")
    assert is_on(staging)


def test_row_that_was_changed_can_be_changed_again(
    signed_in: SignedIn, bob: User, flag: Flag, staging: Environment
) -> None:
    page = signed_in(bob)
    switch(page, "Staging").click()
    expect(switch(page, "Staging")).to_be_checked()
    switch(page, "Staging").click()
    expect(page.locator("#said")).to_have_text("new-search is now off in Staging.")
    assert not is_on(staging)


def test_production_is_asked_about_in_a_dialog(
    signed_in: SignedIn, alice: User, flag: Flag, production: Environment
) -> None:
    page = signed_in(alice)
    switch(page, "Production").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Turn new-search on in Production?")
    expect(dialog.get_by_role("button", name="Cancel")).to_be_focused()
    dialog.get_by_role("button", name="Yes, change it").click()
    expect(page.locator("#said")).to_have_text("new-search is now on in Production.")
    assert is_on(production)


def test_dialog_that_is_left_changes_nothing(
    signed_in: SignedIn, alice: User, flag: Flag, production: Environment
) -> None:
    page = signed_in(alice)
    for leave in (lambda: page.keyboard.press("Escape"), lambda: page.get_by_role("button", name="Cancel").click()):
        switch(page, "Production").click()
        leave()
        expect(page.get_by_role("dialog")).to_be_hidden()
    expect(switch(page, "Production")).to_be_focused()
    expect(switch(page, "Production")).not_to_be_checked()
    assert not is_on(production)


def test_without_javascript_the_switch_leads_back_to_the_list(
    signed_in: SignedIn, bob: User, flag: Flag, staging: Environment
) -> None:
    page = signed_in(bob, java_script_enabled=False)
    page.goto("/dashboard/flags?tag=web")
    switch(page, "Staging").click()
    expect(page.get_by_text("new-search is now on in Staging.")).to_be_visible()
    assert page.url.endswith("/dashboard/flags?tag=web")
    assert is_on(staging)


def test_without_javascript_production_is_asked_about_on_a_page(
    signed_in: SignedIn, alice: User, flag: Flag, production: Environment
) -> None:
    page = signed_in(alice, java_script_enabled=False)
    switch(page, "Production").click()
    expect(page.get_by_role("heading", name="Turn new-search on in Production?")).to_be_visible()
    assert not is_on(production)
    page.get_by_role("button", name="Turn it on").click()
    expect(page.get_by_text("new-search is now on in Production.")).to_be_visible()
    assert is_on(production)


def test_refusal_is_shown_and_the_switch_stays(
    signed_in: SignedIn, bob: User, flag: Flag, staging: Environment, complaints: list[str]
) -> None:
    page = signed_in(bob)
    bob.role = Role.VIEWER
    bob.save()
    switch(page, "Staging").click()
    expect(page.locator("#messages")).to_contain_text("Your role may read but not change this.")
    expect(switch(page, "Staging")).not_to_be_checked()
    assert not is_on(staging)
    assert all("403" in complaints.pop() for _ in list(complaints))


def test_server_that_is_away_is_told(signed_in: SignedIn, bob: User, flag: Flag, complaints: list[str]) -> None:
    page = signed_in(bob)
    page.route("**/switch*", lambda route: route.abort())
    switch(page, "Staging").click()
    expect(page.locator("#messages")).to_contain_text("The server did not answer.")
    complaints.clear()


def test_session_that_ended_leads_to_sign_in(signed_in: SignedIn, bob: User, flag: Flag) -> None:
    page = signed_in(bob)
    page.context.clear_cookies(name="sessionid")
    switch(page, "Staging").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
