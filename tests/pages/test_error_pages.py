"""What a person sees, and what a program gets, when something is not there or breaks."""

import re
from pathlib import Path

import pytest
from django.test import Client

from accounts.models import User
from flags.models import Flag
from tests.pages.reading import Browse, elements, text

HTML = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
TEMPLATES = Path(__file__).resolve().parents[2] / "templates"


def test_page_that_is_not_there_says_so(browse: Browse, bob: User) -> None:
    response = browse(bob).get("/dashboard/nothing")
    assert response.status_code == 404
    assert "There is no such page" in text(response)
    assert "Sign out" in text(response)


def test_browser_at_a_wrong_address_gets_a_page_and_a_program_json(client: Client, db: None) -> None:
    assert client.get("/nothing", headers=HTML)["Content-Type"].startswith("text/html")
    assert client.get("/nothing").json()["code"] == "not_found"
    assert client.get("/api/nothing", headers=HTML).json()["code"] == "not_found"


@pytest.mark.urls("tests.pages.broken_urls")
def test_page_that_breaks_says_so_and_nothing_else(client: Client) -> None:
    client.raise_request_exception = False
    response = client.get("/dashboard/broken")
    assert response.status_code == 500
    assert "Something broke on our side" in text(response)
    assert "a secret detail" not in response.content.decode()
    assert client.get("/api/broken", headers=HTML).json()["code"] == "internal"


@pytest.mark.urls("tests.pages.broken_urls")
def test_page_without_its_database_says_that_it_is_away(client: Client) -> None:
    response = client.get("/dashboard/away")
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert "The database does not answer" in text(response)


@pytest.mark.parametrize("path", ["flags", "flags/new", "flags/new-search", "flags/new-search/delete", "audit"])
def test_page_has_a_language_a_title_one_heading_and_a_way_to_its_content(
    browse: Browse, alice: User, flag: Flag, path: str
) -> None:
    page = browse(alice).get(f"/dashboard/{path}")
    assert [e["lang"] for e in elements(page, "html")] == ["en"]
    assert len(elements(page, "h1")) == 1
    assert elements(page, "title")[0].text
    assert elements(page, "a", class_="skip")[0]["href"] == "#main"


@pytest.mark.parametrize("path", ["flags", "flags/new", "flags/new-search?environment=production", "audit"])
def test_every_input_has_a_name_for_screen_readers(browse: Browse, alice: User, flag: Flag, path: str) -> None:
    page = browse(alice).get(f"/dashboard/{path}")
    labelled = {e["for"] for e in elements(page, "label") if "for" in e}
    inputs = [e for tag in ("input", "select", "textarea") for e in elements(page, tag)]
    shown = [e for e in inputs if e.attributes.get("type") != "hidden"]
    assert shown
    assert not [e for e in shown if "aria-label" not in e and e.attributes.get("id") not in labelled]


@pytest.mark.parametrize("path", ["flags", "flags/new-search", "audit", "sign-in"])
def test_no_id_is_given_twice(browse: Browse, alice: User, flag: Flag, path: str) -> None:
    content = browse(alice).get(f"/dashboard/{path}", follow=True).content.decode()
    ids = re.findall(r'\sid="([^"]+)"', content)
    assert len(ids) == len(set(ids))


def test_pages_allow_nothing_inline_and_templates_hold_nothing_inline(browse: Browse, alice: User) -> None:
    policy = browse(alice).get("/dashboard/flags")["Content-Security-Policy"]
    assert "unsafe" not in policy
    inline = re.compile(r"""<style|\sstyle=|<script(?![^>]*\ssrc=)|\son[a-z]+=|hx-on""")
    assert not [path for path in TEMPLATES.rglob("*.html") if inline.search(path.read_text())]


def test_templates_stay_short() -> None:
    assert not [path for path in TEMPLATES.rglob("*.html") if len(path.read_text().splitlines()) >= 100]


def test_request_that_is_not_understood_changes_nothing(browse: Browse, bob: User, client: Client) -> None:
    crowded = {f"field-{at}": "" for at in range(2_000)}
    response = browse(bob).post("/dashboard/flags/new", crowded)
    assert response.status_code == 400
    assert "The request was not understood" in text(response)
    assert client.get("/api/flags", headers={"Host": "evil.example"}).json()["code"] == "invalid"
