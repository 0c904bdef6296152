"""The answer to a change names the revisions that it made."""

from typing import Any

import pytest
from rest_framework.test import APIClient

from evaluation.made import HEADER
from evaluation.models import Head

pytestmark = pytest.mark.django_db(transaction=True)


def test_a_change_names_the_revision_of_its_environment(developer: APIClient, environments: dict[str, Any]) -> None:
    flag = {"key": "checkout", "flag_type": "boolean", "environment_key": "staging"}
    made = developer.post("/flags", flag, format="json")
    assert made.headers[HEADER] == "development=1, production=1, staging=1"
    answer = developer.put("/flags/checkout?environment_key=staging", {"is_enabled": True}, format="json")
    assert answer.headers[HEADER] == "staging=2"
    assert Head.objects.get(pk=environments["staging"].pk).revision == 2


def test_what_makes_no_revision_names_none(developer: APIClient, environments: dict[str, Any]) -> None:
    assert HEADER not in developer.get("/flags").headers
    refused = developer.post("/flags", {"key": "not a key", "flag_type": "boolean"}, format="json")
    assert (refused.status_code, HEADER in refused.headers) == (400, False)
