"""The Django admin writes audiences through the same services: same checks, same policy, same history."""

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Environment, User
from audit.models import Entry
from flags.audiences import create_audience
from flags.models import Audience, Flag, FlagConfig
from flags.services import update_config

ASKING = [{"id": "a", "when": {"operator": "in_audience", "value": "testers"}, "serve": {"variant": "on"}}]


def form(**typed: Any) -> dict[str, Any]:
    return {"name": "", "description": "", "rules": "", "included": '["alice"]', "excluded": "", **typed}


@pytest.fixture
def bobs(client: Client, bob: User) -> Client:
    client.force_login(bob)
    return client


def test_an_audience_is_created(bobs: Client, bob: User, staging: Environment) -> None:
    answer = bobs.post(reverse("admin:flags_audience_add"), form(key="testers", environment=staging.pk))
    assert answer.status_code == 302
    audience = Audience.objects.get()
    assert (audience.included, audience.excluded, audience.rules) == (["alice"], [], [])
    assert Entry.objects.get(subject="audience").actor == bob.email


def test_a_developer_changes_and_deletes_none_of_production(bobs: Client, alice: User, production: Environment) -> None:
    audience = create_audience(production, by=alice, key="testers")
    for page in ("change", "delete"):
        address = reverse(f"admin:flags_audience_{page}", args=[audience.pk])
        assert bobs.post(address, form(post="yes")).status_code == 403
    assert Audience.objects.get().version == 1


def test_one_that_is_in_use_stays(bobs: Client, bob: User, staging: Environment, checkout: Flag) -> None:
    audience = create_audience(staging, by=bob, key="testers")
    update_config(checkout, staging, by=bob, rules=ASKING)
    answer = bobs.post(reverse("admin:flags_audience_delete", args=[audience.pk]), {"post": "yes"}, follow=True)
    assert "is used by flag checkout" in answer.content.decode()
    assert Audience.objects.exists()


def test_rules_of_a_config_are_edited(bobs: Client, bob: User, staging: Environment, checkout: Flag) -> None:
    config = update_config(checkout, staging, by=bob, is_enabled=True)
    typed = {"is_enabled": "on", "rollout_percentage": "100", "serve": "{}", "prerequisites": "", "targets": ""}
    rules = '[{"id": "a", "serve": {"variant": "on"}}]'
    address = reverse("admin:flags_flagconfig_change", args=[config.pk])
    assert bobs.post(address, {**typed, "rules": rules}).status_code == 302
    assert FlagConfig.objects.get().rules == [{"id": "a", "serve": {"variant": "on"}}]
