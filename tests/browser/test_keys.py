"""API keys in a browser: issued, copied, rotated and revoked, on wide and narrow screens."""

import re
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import expect

from accounts.api_keys import hash_of, issue_key
from accounts.models import ApiKey, Environment, User
from tests.browser.conftest import SignedIn
from tests.browser.looking import look_at


@pytest.fixture
def key(transactional_db: None, production: Environment, alice: User) -> ApiKey:
    origins = ["https://" + "a-rather-long-name-of-a-host." * 4 + "example"]
    return issue_key(production, kind="client", name="n" * 100, by=alice, allowed_origins=origins)[0]


def test_a_key_is_issued_and_copied(signed_in: SignedIn, alice: User, staging: Environment) -> None:
    page = signed_in(alice, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name="API keys").click()
    page.get_by_role("link", name=re.compile("Staging")).click()
    page.get_by_role("link", name="New key").click()
    page.get_by_label("Name").fill("Web shop")
    expect(page.get_by_label("Origins")).to_be_visible()
    page.get_by_label("Server: for programs of your own").check()
    expect(page.get_by_label("Origins")).to_be_hidden()
    page.get_by_role("button", name="Issue the key").click()
    shown = page.get_by_label("Server key for Staging").input_value()
    page.get_by_role("button", name="Copy the key").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == shown
    assert ApiKey.objects.get().key_hash == hash_of(shown)


def test_a_key_is_rotated_and_revoked_by_keyboard(
    signed_in: SignedIn, alice: User, key: ApiKey, production: Environment
) -> None:
    page = signed_in(alice)
    page.goto(f"/dashboard/keys/{key.pk}")
    page.get_by_role("link", name="Rotate…").press("Enter")
    page.get_by_label("The old key works for").select_option("one more day")
    page.get_by_role("button", name="Rotate it").press("Enter")
    page.get_by_role("link", name="I have copied it").press("Enter")
    page.get_by_role("link", name=f"Revoke {key.name} ({key.prefix}…)").press("Enter")
    page.get_by_role("button", name="Revoke it").press("Enter")
    expect(page.get_by_role("status").filter(has_text="is revoked")).to_be_visible()
    assert urlsplit(page.url).path == "/dashboard/keys"
    assert sorted(each.revoked_at is None for each in ApiKey.objects.all()) == [False, True]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [360, 1280])
def test_every_page_of_keys_fits_the_screen_and_is_accessible(
    signed_in: SignedIn, alice: User, key: ApiKey, width: int, scheme: str
) -> None:
    page = signed_in(alice, viewport={"width": width, "height": 800}, color_scheme=scheme)
    further = [f"/dashboard/keys/{key.pk}{page}" for page in ("", "/rotate", "/revoke")]
    look_at(page, ["/dashboard/keys?environment=production", *further])
