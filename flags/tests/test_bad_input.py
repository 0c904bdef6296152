"""Wrong input is refused with the field that is wrong, and changes nothing: no row, no history, no revision."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.db.models import Model
from rest_framework.test import APIClient

from accounts.models import User
from audit.models import Entry
from flags.models import Flag, FlagConfig
from flags.tests.conftest import COLOURS

RED = COLOURS[0]
DEEP: Any = json.loads("[" * 33 + "]" * 33)


@pytest.fixture
def alices(api: Callable[[User], APIClient], alice: User, share: Flag, colour: Flag) -> APIClient:
    """An admin's client, so that nothing but the input is wrong; the flags `share` and `colour` stand."""
    return api(alice)


@pytest.fixture(autouse=True)
def _nothing_changes(alices: APIClient) -> Any:
    before = _everything()
    yield
    assert _everything() == before


def _everything() -> list[list[dict[str, Any]]]:
    kinds: list[type[Model]] = [Flag, FlagConfig, Entry]
    return [list(kind._default_manager.order_by("pk").values()) for kind in kinds]


def refusal(answer: Any) -> tuple[int, list[str]]:
    body = answer.json()
    assert set(body) == {"code", "message", "fields"}
    return answer.status_code, list(body["fields"])


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("key", "", "key"),
        ("key", "with space", "key"),
        ("key", "a" * 101, "key"),
        ("key", "ключ", "key"),
        ("key", "line\n", "key"),
        ("key", "a/b", "key"),
        ("key", 7, "key"),
        ("key", None, "key"),
        ("key", ["checkout"], "key"),
        ("name", 7, "name"),
        ("name", True, "name"),
        ("name", "a" * 201, "name"),
        ("description", {}, "description"),
        ("description", "a" * 2001, "description"),
        ("flag_type", "text", "flag_type"),
        ("flag_type", ["boolean"], "flag_type"),
        ("type", 1, "flag_type"),
        ("tags", "web", "tags"),
        ("tags", {"web": True}, "tags"),
        ("tags", ["two words"], "tags.0"),
        ("tags", ["web", ""], "tags.1"),
        ("tags", ["web", "a" * 51], "tags.1"),
        ("tags", ["web", 7], "tags.1"),
        ("tags", ["web", "web"], "tags.1"),
        ("tags", [f"tag-{n}" for n in range(21)], "tags"),
        ("owner", "nobody@example.com", "owner"),
        ("owner", 7, "owner"),
        ("owner", ["alice@example.com"], "owner"),
        ("purpose", "fun", "purpose"),
        ("is_temporary", "true", "is_temporary"),
        ("is_temporary", 1, "is_temporary"),
        ("is_temporary", None, "is_temporary"),
        ("client_visible", "true", "client_visible"),
        ("client_visible", 1, "client_visible"),
        ("client_visible", None, "client_visible"),
        ("salt", "chosen", "salt"),
        ("id", "7a5f4c1e-0000-4000-8000-000000000000", "id"),
        ("version", 7, "version"),
        ("archived_at", "2026-01-01T00:00:00Z", "archived_at"),
        ("discription", "a typo", "discription"),
        ("variants", [{"key": "on", "value": True}], "variants"),
        ("variants", [{"key": "on", "value": 1}, {"key": "off", "value": 0}], "variants"),
        ("variants", "on", "variants"),
    ],
)
def test_a_new_flag_with_a_wrong_field_is_refused(alices: APIClient, field: str, value: Any, where: str) -> None:
    assert refusal(alices.post("/flags", {"key": "checkout", field: value})) == (400, [where])


@pytest.mark.parametrize(
    ("flag_type", "variants", "where"),
    [
        ("string", None, "variants"),
        ("string", [], "variants"),
        ("string", {}, "variants"),
        ("string", ["red"], "variants.0"),
        ("string", [{"key": "red"}], "variants.0.value"),
        ("string", [{"value": "red"}], "variants.0.key"),
        ("string", [{"key": "two words", "value": "red"}], "variants.0.key"),
        ("string", [{"key": 7, "value": "red"}], "variants.0.key"),
        ("string", [RED, RED], "variants.1.key"),
        ("string", [{**RED, "weight": 50}], "variants.0.weight"),
        ("string", [{**RED, "name": 7}], "variants.0.name"),
        ("string", [{**RED, "name": "a" * 101}], "variants.0.name"),
        ("string", [{"key": "red", "value": 7}], "variants.0.value"),
        ("string", [{"key": "red", "value": None}], "variants.0.value"),
        ("string", [{"key": f"v{n}", "value": ""} for n in range(51)], "variants"),
        ("number", [{"key": "one", "value": "1"}], "variants.0.value"),
        ("number", [{"key": "one", "value": True}], "variants.0.value"),
        ("number", [{"key": "one", "value": 2**53}], "variants.0.value"),
        ("number", [{"key": "one", "value": 1e300}], "variants.0.value"),
        ("object", [{"key": "one", "value": "{}"}], "variants.0.value"),
        ("object", [{"key": "one", "value": {"deep": [1e300]}}], "variants.0.value"),
    ],
)
def test_variants_that_do_not_fit_the_type_are_refused(
    alices: APIClient, flag_type: str, variants: Any, where: str
) -> None:
    body = {"key": "checkout", "flag_type": flag_type, "variants": variants}
    assert refusal(alices.post("/flags", body)) == (400, [where])


CONFIGS = [
    ("is_enabled", "true", "is_enabled"),
    ("is_enabled", 1, "is_enabled"),
    ("is_enabled", None, "is_enabled"),
    ("rollout_percentage", "30", "rollout_percentage"),
    ("rollout_percentage", True, "rollout_percentage"),
    ("rollout_percentage", None, "rollout_percentage"),
    ("rollout_percentage", [30], "rollout_percentage"),
    ("rollout_percentage", -0.001, "rollout_percentage"),
    ("rollout_percentage", 100.001, "rollout_percentage"),
    ("rollout_percentage", 0.0001, "rollout_percentage"),
    ("rollout_percentage", 33.3333, "rollout_percentage"),
    ("rollout_percentage", 1e300, "rollout_percentage"),
    ("serve", "red", "serve"),
    ("serve", [], "serve"),
    ("serve", {"variants": "red"}, "serve"),
    ("serve", {"variant": "red", "split": []}, "serve"),
    ("serve", {"variant": "green"}, "serve"),
    ("serve", {"variant": ""}, "serve.variant"),
    ("serve", {"variant": None}, "serve.variant"),
    ("serve", {"split": []}, "serve.split"),
    ("serve", {"split": {"red": 100}}, "serve.split"),
    ("serve", {"split": ["red"]}, "serve.split.0"),
    ("serve", {"split": [{"variant": "red"}]}, "serve.split.0.weight"),
    ("serve", {"split": [{"variant": "red", "weight": "100"}]}, "serve.split.0.weight"),
    ("serve", {"split": [{"variant": "red", "weight": 50}]}, "serve.split"),
    ("serve", {"split": [{"variant": "red", "weight": 100.0001}]}, "serve.split.0.weight"),
    (
        "serve",
        {"split": [{"variant": "red", "weight": 150}, {"variant": "blue", "weight": -50}]},
        "serve.split.0.weight",
    ),
    ("serve", {"split": [{"variant": "red", "weight": 50}, {"variant": "red", "weight": 50}]}, "serve.split.1.variant"),
    ("serve", {"split": [{"variant": "red", "weight": 50}, {"variant": "green", "weight": 50}]}, "serve"),
    ("serve", {"split": [{"variant": "red", "weight": 100, "salt": "x"}]}, "serve.split.0.salt"),
    ("off_variant", "green", "off_variant"),
    ("off_variant", 7, "off_variant"),
    ("off_variant", "two words", "off_variant"),
    ("enabled", True, "enabled"),
    ("rollout", 30, "rollout"),
]


@pytest.mark.parametrize("path", ["/flags/colour?environment_key=staging", "/flags/colour/environments/staging"])
@pytest.mark.parametrize(("field", "value", "where"), CONFIGS)
def test_a_config_with_a_wrong_field_is_refused(
    alices: APIClient, path: str, field: str, value: Any, where: str
) -> None:
    assert refusal(alices.put(path, {field: value})) == (400, [where])


def test_a_good_field_beside_a_wrong_one_is_not_taken(alices: APIClient) -> None:
    body = {"name": "New", "is_enabled": True, "rollout_percentage": 101}
    assert refusal(alices.put("/flags/share?environment_key=staging", body)) == (400, ["rollout_percentage"])


def test_every_wrong_field_is_named(alices: APIClient) -> None:
    body = {"name": 7, "tags": "web", "is_temporary": "no"}
    assert refusal(alices.put("/flags/share", body)) == (400, ["name", "tags", "is_temporary"])


@pytest.mark.parametrize(
    ("field", "value"), [("key", "other"), ("id", "x"), ("is_archived", True), ("environments", {}), ("created_at", 1)]
)
def test_what_cannot_be_set_is_not_passed_over(alices: APIClient, field: str, value: Any) -> None:
    assert refusal(alices.put("/flags/share", {field: value})) == (400, [field])


def test_two_types_that_disagree_are_refused(alices: APIClient) -> None:
    answer = alices.post("/flags", {"key": "checkout", "flag_type": "boolean", "type": "string"})
    assert refusal(answer) == (400, ["type"])


def test_settings_without_an_environment_are_refused(alices: APIClient) -> None:
    answer = alices.post("/flags", {"key": "checkout", "is_enabled": True})
    assert refusal(answer) == (400, ["environment_key"])


def test_address_and_body_name_the_same_environment(alices: APIClient) -> None:
    body = {"is_enabled": True, "environment_key": "production"}
    answer = alices.put("/flags/share?environment_key=staging", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "ambiguous_place")


@pytest.mark.parametrize(
    "body",
    [
        b'{"key": "checkout"',
        b"{'key': 'checkout'}",
        b'{"key": "checkout", "name": NaN}',
        b'{"key": "checkout", "name": "\\u0000"}',
        b'{"key": "checkout", "name": "\\ud800"}',
        b'{"key": "checkout", "name": "\xff"}',
        b'{"key": "checkout", "name": "\xed\xa0\x80"}',
        json.dumps({"key": "checkout", "flag_type": "object", "variants": [{"key": "a", "value": DEEP}]}).encode(),
        b"[" * 100_000,
        b'["key"]',
        b'"key"',
        b"7",
        b"null",
    ],
)
def test_a_body_that_is_no_good_json_object_is_refused(alices: APIClient, body: bytes) -> None:
    answer = alices.post("/flags", data=body, content_type="application/json")
    assert refusal(answer)[0] == 400


def test_an_empty_body_names_what_is_required(alices: APIClient) -> None:
    assert refusal(alices.post("/flags")) == (400, ["key"])


def test_another_content_type_is_refused(alices: APIClient) -> None:
    answer = alices.post("/flags", data="key=checkout", content_type="application/x-www-form-urlencoded")
    assert refusal(answer)[0] == 415


def test_nul_in_the_address_is_refused(alices: APIClient) -> None:
    assert refusal(alices.get("/flags?search=%00"))[0] == 400


@pytest.mark.parametrize(
    "path", ["/flags/nothing", "/flags/share/environments/nowhere", "/flags/share?project=nowhere"]
)
def test_what_does_not_exist_is_not_found(alices: APIClient, path: str) -> None:
    assert refusal(alices.put(f"/flags/{path}", {"is_enabled": True}))[0] == 404


@pytest.mark.parametrize(
    ("method", "path"), [("post", "/flags/share"), ("delete", "/flags"), ("get", "/flags/share/archive")]
)
def test_what_a_door_does_not_do_is_told(alices: APIClient, method: str, path: str) -> None:
    assert refusal(getattr(alices, method)(path))[0] == 405
