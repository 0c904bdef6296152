"""The OpenAPI document is valid, free of guesses, and names the fast doors beside the views."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from evaluation.tests.asking import ask, doors_with, snapshot_of
from flagkit.tests.documents import experiment


def test_the_document_is_valid_and_nothing_in_it_was_guessed(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", file=str(tmp_path / "schema.yaml"))


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/api/schema", "/api/schema/"])
def test_it_is_served_as_json_with_every_door(api: Callable[..., Any], path: str) -> None:
    answer = api().get(path)
    assert answer.status_code == 200
    assert {"/evaluate/{flag_key}", "/api/decide", "/health", "/api/flags", "/api/auth/login"} <= set(
        answer.json()["paths"]
    )


@pytest.mark.django_db
def test_a_decision_is_as_it_is_described(api: Callable[..., Any]) -> None:
    """What the door answers has the fields that the document names, and no others."""
    schemas = api().get("/api/schema").json()["components"]["schemas"]
    snapshot = snapshot_of(experiment("button", 10_000))
    answer = ask(doors_with(snapshot), "/api/decide", "user_key=alice&env=staging").json()
    described = {name: schemas[name]["properties"].keys() for name in ("Decision", "Assignment")}
    assert described["Decision"] == answer.keys() == set(schemas["Decision"]["required"])
    assert described["Assignment"] == answer["assignments"][0].keys() == set(schemas["Assignment"]["required"])


@pytest.mark.django_db
def test_swagger_ui_needs_nothing_from_elsewhere(api: Callable[..., Any]) -> None:
    page = api().get("/docs").content.decode()
    assert "swagger-ui-bundle.js" in page
    assert "http://" not in page
    assert "https://" not in page
    assert "<style" not in page
