"""Signing in, out and up on the pages."""

from typing import Any

import pytest

from accounts.models import User
from conftest import PASSWORD
from flags.models import Flag
from tests.pages.reading import Browse, element, elements, text

SIGN_IN = "/dashboard/sign-in"
SIGN_UP = "/dashboard/sign-up"


def test_home_leads_who_is_not_signed_in_to_the_sign_in_page(browse: Browse) -> None:
    response = browse().get("/", follow=True)
    assert response.redirect_chain[-1][0] == "/dashboard/sign-in?next=/dashboard/flags"


def test_signing_in_leads_to_where_the_person_wanted_to_go(browse: Browse, alice: User) -> None:
    wanted = "/dashboard/audit?key=x"
    response = browse().post(SIGN_IN, {"email": alice.email, "password": PASSWORD, "next": wanted})
    assert (response.status_code, response.url) == (302, wanted)


@pytest.mark.parametrize(
    "elsewhere", ["https://evil.example/", "//evil.example", "javascript:alert(1)", "/\\evil.example"]
)
def test_signing_in_never_leads_to_another_site(browse: Browse, alice: User, elsewhere: str) -> None:
    response = browse().post(SIGN_IN, {"email": alice.email, "password": PASSWORD, "next": elsewhere})
    assert response.url == "/dashboard/flags"


def test_e_mail_is_known_in_any_case(browse: Browse, alice: User) -> None:
    response = browse().post(SIGN_IN, {"email": "ALICE@example.COM", "password": PASSWORD})
    assert response.status_code == 302


@pytest.mark.parametrize("email", ["alice@example.com", "nobody@example.com", "eve@example.com", "no e-mail at all"])
def test_wrong_password_unknown_and_deactivated_people_read_the_same(
    browse: Browse, alice: User, eve: User, email: str
) -> None:
    password = PASSWORD if email == eve.email else "a wrong one"
    response = browse().post(SIGN_IN, {"email": email, "password": password})
    assert response.status_code == 401
    assert "E-mail or password is wrong, or the account is not active." in text(response)


def test_refused_sign_in_keeps_the_e_mail_and_forgets_the_password(browse: Browse, alice: User) -> None:
    response = browse().post(SIGN_IN, {"email": alice.email, "password": "a wrong one"})
    assert element(response, "input", name="email")["value"] == alice.email
    assert "value" not in element(response, "input", name="password")


def test_nothing_typed_is_said_at_the_fields(browse: Browse) -> None:
    response = browse().post(SIGN_IN, {})
    assert response.status_code == 400
    assert element(response, "input", name="email")["aria-invalid"] == "true"


def test_deactivated_person_is_out_at_the_next_click(browse: Browse, bob: User) -> None:
    browser = browse(bob)
    bob.is_active = False
    bob.save()
    assert browser.get("/dashboard/flags").url.startswith(SIGN_IN)


def test_signing_out_takes_a_post_and_ends_the_session(browse: Browse, bob: User) -> None:
    browser = browse(bob)
    assert browser.get("/dashboard/sign-out").status_code == 405
    assert browser.post("/dashboard/sign-out").url == SIGN_IN
    assert browser.get("/dashboard/flags").status_code == 302


def test_pages_of_signed_in_people_are_kept_by_no_cache(browse: Browse, bob: User) -> None:
    assert "no-store" in browse(bob).get("/dashboard/flags")["Cache-Control"]


def test_new_account_is_a_viewer_and_signed_in(browse: Browse) -> None:
    browser = browse()
    response = browser.post(SIGN_UP, {"email": "New@example.com", "password": "a long new password", "name": "Nia"})
    assert response.url == "/dashboard/flags"
    assert User.objects.get(email="new@example.com").role == "viewer"
    assert "new@example.com" in text(browser.get("/dashboard/flags"))


def test_taken_e_mail_is_said_and_nothing_is_lost(browse: Browse, alice: User) -> None:
    response = browse().post(SIGN_UP, {"email": alice.email, "password": "a long new password", "name": "Nia"})
    assert response.status_code == 409
    assert element(response, "input", name="name")["value"] == "Nia"
    assert User.objects.count() == 1


def test_weak_password_is_said_at_its_field(browse: Browse, db: None) -> None:
    response = browse().post(SIGN_UP, {"email": "new@example.com", "password": "12345678"})
    assert response.status_code == 400
    assert "too common" in element(response, "div", id="id_password_error").text
    assert not User.objects.exists()


def test_closed_registration_offers_and_takes_no_sign_up(browse: Browse, settings: Any) -> None:
    settings.OPEN_REGISTRATION = False
    assert not elements(browse().get(SIGN_IN), "a", href=f"{SIGN_UP}?next=%2Fdashboard%2Fflags")
    assert browse().get(SIGN_UP).status_code == 403
    assert browse().post(SIGN_UP, {"email": "new@example.com", "password": "a long new password"}).status_code == 403


@pytest.mark.parametrize("path", ["flags", "flags/new", "flags/new-search", "flags/new-search/switch", "audit"])
def test_every_page_asks_to_sign_in(browse: Browse, flag: Flag, path: str) -> None:
    response = browse().get(f"/dashboard/{path}")
    assert response.url.startswith(SIGN_IN)


def test_session_that_ended_sends_an_htmx_request_to_sign_in_and_back(browse: Browse, flag: Flag) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://testserver/dashboard/flags?tag=web"}
    response = browse().post("/dashboard/flags/new-search/switch", {"to": "on"}, headers=headers)
    assert response["HX-Redirect"] == "/dashboard/sign-in?next=%2Fdashboard%2Fflags%3Ftag%3Dweb"
