"""The pages of API keys: what there is, issued once in sight, changed, rotated and revoked."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from accounts.api_keys import hash_of, issue_key, revoke_key, update_key
from accounts.models import ApiKey, Environment, Project, User
from tests.pages.reading import Browse, element, elements, text

KEYS = "/dashboard/keys"
NEW = f"{KEYS}/new?environment=staging"
CLIENT = {"kind": "client", "name": "Web shop", "allowed_origins": "https://shop.example\r\nhttps://m.shop.example"}


@pytest.fixture
def key(staging: Environment, alice: User) -> ApiKey:
    return issue_key(staging, kind="client", name="Web shop", by=alice)[0]


def test_keys_are_listed_with_their_kind_and_state(
    browse: Browse, alice: User, staging: Environment, production: Environment, key: ApiKey
) -> None:
    old, _ = issue_key(staging, kind="server", name="Old shop", by=alice)
    revoke_key(old, by=alice, now=timezone.now())
    issue_key(production, kind="server", name="Elsewhere", by=alice)
    page = browse(alice).get(f"{KEYS}?environment=staging")
    rows = [" ".join(row.text.split()) for row in elements(page, "tr")[1:]]
    assert [("Old shop server" in row, "revoked" in row, "Rotate" in row) for row in rows] == [
        (True, True, False),
        (False, False, True),
    ]
    assert f"Web shop client {key.prefix}… in use never" in rows[1]


def test_an_empty_list_says_what_belongs_there(browse: Browse, alice: User, project: Project) -> None:
    assert "No keys yet" in text(browse(alice).get(KEYS))


def test_an_issued_key_is_shown_once(browse: Browse, alice: User, staging: Environment) -> None:
    page = browse(alice).post(NEW, {**CLIENT, "rate_limit": "60", "expires_at": "2100-01-02T03:04:05"})
    shown, stored = element(page, "input", id="issued")["value"], ApiKey.objects.get()
    assert (page.status_code, hash_of(shown), stored.environment) == (200, stored.key_hash, staging)
    assert "no-store" in page["Cache-Control"]
    assert stored.allowed_origins == ["https://shop.example", "https://m.shop.example"]
    assert (stored.rate_limit, stored.expires_at) == (60, datetime(2100, 1, 2, 3, 4, 5, tzinfo=UTC))
    for address in (KEYS, f"{KEYS}/{stored.pk}"):
        assert shown not in browse(alice).get(f"{address}?environment=staging").content.decode()


def test_a_server_key_has_no_origins_whatever_stands_in_the_hidden_field(
    browse: Browse, alice: User, staging: Environment
) -> None:
    assert browse(alice).post(NEW, {**CLIENT, "kind": "server"}).status_code == 200
    assert ApiKey.objects.get().allowed_origins == []


@pytest.mark.parametrize(
    ("bad", "where"),
    [
        ({"name": ""}, "id_name_error"),
        ({"name": "n" * 101}, "id_name_error"),
        ({"allowed_origins": "shop.example"}, "id_allowed_origins_error"),
        ({"rate_limit": "0"}, "id_rate_limit_error"),
        ({"rate_limit": "many"}, "id_rate_limit_error"),
        ({"expires_at": "2020-01-01T00:00"}, "id_expires_at_error"),
        ({"expires_at": "soon"}, "id_expires_at_error"),
        ({"kind": "root"}, "id_kind_error"),
    ],
    ids=str,
)
def test_bad_input_is_said_at_its_field_and_kept(
    browse: Browse, alice: User, staging: Environment, bad: dict[str, str], where: str
) -> None:
    refused = browse(alice).post(NEW, {**CLIENT, "rate_limit": "7", **bad})
    assert (refused.status_code, ApiKey.objects.count()) == (400, 0)
    assert element(refused, "div", id=where).text
    assert element(refused, "input", name="rate_limit")["value"] == bad.get("rate_limit", "7")


def test_what_is_typed_is_changed_and_nothing_else(browse: Browse, alice: User, key: ApiKey) -> None:
    """A moment that stands in the form to the second keeps its fraction."""
    until = timezone.now() + timedelta(days=1)
    update_key(key, by=alice, now=timezone.now(), expires_at=until)
    page = browse(alice).get(f"{KEYS}/{key.pk}")
    given = {name: element(page, "input", name=name)["value"] for name in ("expires_at", "version")}
    saved = browse(alice).post(f"{KEYS}/{key.pk}", {**given, "name": "Shop", "allowed_origins": "*", "rate_limit": ""})
    assert saved.url == f"{KEYS}?environment=staging"
    key.refresh_from_db()
    assert (key.name, key.allowed_origins, key.rate_limit, key.expires_at) == ("Shop", ["*"], None, until)


def test_a_key_that_somebody_else_saved_is_not_overwritten_unseen(browse: Browse, alice: User, key: ApiKey) -> None:
    read = element(browse(alice).get(f"{KEYS}/{key.pk}"), "input", name="version")["value"]
    update_key(key, by=alice, now=timezone.now(), name="Theirs")
    given = {"name": "Mine", "allowed_origins": "*", "version": read}
    refused = browse(alice).post(f"{KEYS}/{key.pk}", given)
    assert (refused.status_code, ApiKey.objects.get().name) == (412, "Theirs")
    assert element(refused, "input", name="name")["value"] == "Mine"


def test_a_rotated_key_is_shown_with_the_end_of_the_old_one(browse: Browse, alice: User, key: ApiKey) -> None:
    assert "Rotate Web shop?" in text(browse(alice).get(f"{KEYS}/{key.pk}/rotate"))
    page = browse(alice).post(f"{KEYS}/{key.pk}/rotate", {"grace": "3600"})
    made = ApiKey.objects.exclude(pk=key.pk).get()
    assert hash_of(element(page, "input", id="issued")["value"]) == made.key_hash
    assert f"{key.prefix}… works until" in text(page)


def test_a_grace_that_is_not_offered_rotates_nothing(browse: Browse, alice: User, key: ApiKey) -> None:
    refused = browse(alice).post(f"{KEYS}/{key.pk}/rotate", {"grace": "5"})
    assert (refused.status_code, ApiKey.objects.count()) == (400, 1)
    assert element(refused, "div", id="id_grace_error").text


def test_a_key_is_revoked_once_asked(browse: Browse, alice: User, key: ApiKey) -> None:
    assert "This cannot be taken back." in text(browse(alice).get(f"{KEYS}/{key.pk}/revoke"))
    assert not ApiKey.objects.get().revoked_at
    assert browse(alice).post(f"{KEYS}/{key.pk}/revoke").url == f"{KEYS}?environment=staging"
    assert ApiKey.objects.get().revoked_at


def test_a_key_that_ended_offers_nothing_to_save(browse: Browse, alice: User, key: ApiKey) -> None:
    revoke_key(key, by=alice, now=timezone.now())
    page = browse(alice).get(f"{KEYS}/{key.pk}")
    assert "It is revoked and stays as it is." in text(page)
    assert not elements(page, "button", class_="primary")
    assert browse(alice).post(f"{KEYS}/{key.pk}/rotate", {"grace": "0"}).status_code == 409


def test_others_are_told_that_keys_are_for_admins(browse: Browse, bob: User, key: ApiKey) -> None:
    before = list(ApiKey.objects.values())
    for address in (NEW, f"{KEYS}/{key.pk}", f"{KEYS}/{key.pk}/rotate", f"{KEYS}/{key.pk}/revoke"):
        for page in (browse(bob).get(address), browse(bob).post(address, {**CLIENT, "grace": "0"})):
            assert (page.status_code, "Only admins" in text(page)) == (403, True)
    assert browse(bob).get(KEYS).status_code == 403
    assert list(ApiKey.objects.values()) == before


def test_a_key_that_is_not_there_is_a_page_that_says_so(browse: Browse, alice: User) -> None:
    assert browse(alice).get(f"{KEYS}/nothing").status_code == 404


def test_visible_flags_are_marked(browse: Browse, bob: User, project: Project) -> None:
    given = {"key": "shown", "flag_type": "boolean", "purpose": "release", "is_client_visible": "on"}
    assert browse(bob).post("/dashboard/flags/new", given).status_code == 302
    assert element(browse(bob).get("/dashboard/flags"), "span", title="Client keys may ask for it").text == "client"
    page = browse(bob).get("/dashboard/flags/shown")
    assert "checked" in element(page, "input", name="is_client_visible")
    assert "visible to clients" in text(page)
