"""Admins issue, change, rotate and revoke API keys over REST; the text of a key is told once."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.api_keys import hash_of, issue_key, revoke_key
from accounts.models import ApiKey, Environment, Project, User

KEYS = "/api/keys"
SHOWN = {
    *("id", "project", "environment_id", "environment_key", "kind", "name", "prefix", "allowed_origins"),
    *("rate_limit", "expires_at", "revoked_at", "version", "created_at", "updated_at"),
}
NEW = {"environment_key": "staging", "kind": "client", "name": "Web"}


@pytest.fixture
def key(staging: Environment, alice: User) -> ApiKey:
    return issue_key(staging, kind="client", name="Web", by=alice)[0]


def test_an_issued_key_is_told_once(api: Any, alice: User, staging: Environment) -> None:
    answer = api(alice).post(KEYS, {**NEW, "rateLimit": 600, "allowed_origins": ["https://Shop.example"]})
    made = answer.json()
    assert (answer.status_code, made.keys()) == (201, SHOWN | {"key"})
    stored = ApiKey.objects.get()
    assert (hash_of(made["key"]), stored.environment) == (stored.key_hash, staging)
    assert (stored.rate_limit, stored.allowed_origins) == (600, ["https://shop.example"])
    read = api(alice).get(f"{KEYS}/{made['id']}").json()
    assert read == {name: made[name] for name in SHOWN}


@pytest.mark.parametrize(
    "fields",
    [
        {"kind": "root"},
        {"kind": 1},
        {"name": ""},
        {"name": "n" * 101},
        {"allowed_origins": "https://shop.example"},
        {"allowed_origins": ["https://shop.example/"]},
        {"allowed_origins": ["shop.example"]},
        {"allowed_origins": [7]},
        {"rate_limit": 0},
        {"rate_limit": "60"},
        {"rate_limit": 1.5},
        {"expires_at": "tomorrow"},
        {"expires_at": 1},
        {"expires_at": "2020-01-01T00:00:00Z"},
        {"expires_at": "9999-12-31T23:59:59-12:00"},
        {"nme": "Web"},
    ],
    ids=str,
)
def test_bad_input_is_told_by_field_and_makes_nothing(
    api: Any, alice: User, project: Project, fields: dict[str, Any]
) -> None:
    answer = api(alice).post(KEYS, {**NEW, **fields})
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")
    assert {field.partition(".")[0] for field in answer.json()["fields"]} == set(fields)
    assert not ApiKey.objects.exists()


def test_a_server_key_takes_no_origins(api: Any, alice: User, project: Project) -> None:
    answer = api(alice).post(KEYS, {**NEW, "kind": "server", "allowed_origins": ["*"]})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["allowed_origins"])
    assert api(alice).post(KEYS, {**NEW, "kind": "server"}).json()["allowed_origins"] == []


def test_a_key_needs_an_environment(api: Any, alice: User, project: Project) -> None:
    answer = api(alice).post(KEYS, {"kind": "server", "name": "Web"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["environment_key"])


def test_an_environment_may_be_named_by_its_id_alone(api: Any, alice: User) -> None:
    spare = Environment.objects.create(project=Project.objects.create(key="spare", name="Spare"), key="qa", name="QA")
    made = api(alice).post(KEYS, {"kind": "server", "name": "Web", "environment_id": str(spare.pk)}).json()
    assert (made["project"], made["environment_key"]) == ("spare", "qa")


def test_keys_are_listed_by_place_the_newest_first(
    api: Any, alice: User, staging: Environment, production: Environment
) -> None:
    for name, environment in (("a", staging), ("b", production), ("c", staging)):
        issue_key(environment, kind="server", name=name, by=alice)

    def names(query: str = "") -> list[str]:
        return [key["name"] for key in api(alice).get(f"{KEYS}{query}").json()["data"]]

    assert names() == ["c", "b", "a"]
    assert names("?environment_key=staging") == ["c", "a"]
    assert names(f"?environmentId={production.pk}") == ["b"]
    assert names("?page_size=1&page=2") == ["b"]
    assert api(alice).get(f"{KEYS}?environment_key=nowhere").status_code == 404


def test_what_is_given_is_changed_and_nothing_else(api: Any, alice: User, key: ApiKey) -> None:
    later = timezone.now() + timedelta(days=1)
    client = api(alice)
    changed = client.patch(f"{KEYS}/{key.pk}", {"rate_limit": 5, "expires_at": later.isoformat()}).json()
    assert (changed["rate_limit"], changed["name"], changed["allowed_origins"]) == (5, "Web", ["*"])
    assert ApiKey.objects.get().expires_at == later
    assert client.put(f"{KEYS}/{key.pk}", {**changed, "rate_limit": None}).json()["rate_limit"] is None


def test_a_key_keeps_its_kind(api: Any, alice: User, key: ApiKey) -> None:
    answer = api(alice).patch(f"{KEYS}/{key.pk}", {"kind": "server"})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["kind"])


def test_an_outdated_edit_is_told(api: Any, alice: User, key: ApiKey) -> None:
    client = api(alice)
    etag = client.get(f"{KEYS}/{key.pk}")["ETag"]
    assert client.patch(f"{KEYS}/{key.pk}", {"name": "A"}, headers={"If-Match": etag}).status_code == 200
    assert client.patch(f"{KEYS}/{key.pk}", {"name": "B"}, headers={"If-Match": etag}).status_code == 412


def test_a_rotated_key_ends_at_once_or_after_its_grace(api: Any, alice: User, key: ApiKey) -> None:
    client = api(alice)
    second = client.post(f"{KEYS}/{key.pk}/rotate").json()
    assert ApiKey.objects.get(pk=key.pk).revoked_at
    third = client.post(f"{KEYS}/{second['id']}/rotate", {"graceSeconds": 60})
    assert (third.status_code, third.json()["name"], third.json()["kind"]) == (201, "Web", "client")
    left = ApiKey.objects.get(pk=second["id"]).expires_at - timezone.now()
    assert timedelta(seconds=30) < left <= timedelta(seconds=60)


@pytest.mark.parametrize("grace", [-1, 2_592_001, "60", None, 1.5])
def test_a_grace_that_is_none_rotates_nothing(api: Any, alice: User, key: ApiKey, grace: Any) -> None:
    answer = api(alice).post(f"{KEYS}/{key.pk}/rotate", {"grace_seconds": grace})
    assert (answer.status_code, list(answer.json()["fields"])) == (400, ["grace_seconds"])
    assert ApiKey.objects.count() == 1


@pytest.mark.parametrize("method", ["post", "delete"])
def test_a_revoked_key_stays_in_the_list(api: Any, alice: User, key: ApiKey, method: str) -> None:
    client = api(alice)
    path = f"{KEYS}/{key.pk}/revoke" if method == "post" else f"{KEYS}/{key.pk}"
    assert getattr(client, method)(path).status_code in (200, 204)
    [listed] = client.get(KEYS).json()["data"]
    assert listed["revoked_at"]
    assert getattr(client, method)(path).status_code in (200, 204)


@pytest.mark.parametrize("ending", ["revoked", "expired"])
def test_a_key_that_ended_is_neither_changed_nor_rotated(api: Any, alice: User, key: ApiKey, ending: str) -> None:
    if ending == "revoked":
        revoke_key(key, by=alice, now=timezone.now())
    else:
        key.expires_at = timezone.now()
        key.save()
    for answer in (
        api(alice).patch(f"{KEYS}/{key.pk}", {"name": "New", "expires_at": None}),
        api(alice).post(f"{KEYS}/{key.pk}/rotate"),
    ):
        assert (answer.status_code, answer.json()["code"]) == (409, "key_ended")


@pytest.mark.parametrize("named", ["00000000-0000-0000-0000-000000000000", "nothing"])
def test_a_key_that_is_not_there_is_told(api: Any, alice: User, project: Project, named: str) -> None:
    answer = api(alice).get(f"{KEYS}/{named}")
    assert (answer.status_code, answer.json()["code"]) == (404, "key_not_found")


def test_others_see_no_keys(api: Any, bob: User, key: ApiKey) -> None:
    assert api(bob).get(KEYS).status_code == 403
    assert api(bob).get(f"{KEYS}/{key.pk}").status_code == 403
