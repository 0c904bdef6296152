"""The Django admin writes flags through the same services: same checks, same policy, same history."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Environment, Project, User
from audit.models import Entry
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig
from flags.services import archive_flag, update_config

Admin = Callable[[User], Client]


@pytest.fixture
def admin(client: Client) -> Admin:
    """A browser in which this person has signed in."""

    def signed_in(user: User) -> Client:
        client.force_login(user)
        return client

    return signed_in


def flag_form(project: Project, **typed: Any) -> dict[str, Any]:
    fixed = {"project": project.pk, "flag_type": "boolean", "variants": "", "tags": "[]", "purpose": "release"}
    return {**fixed, **typed}


def config_form(**typed: Any) -> dict[str, Any]:
    return {"rollout_percentage": "100", "serve": "{}", "off_variant": "", **typed}


def page(row: Any, action: str = "change") -> str:
    return reverse(f"admin:flags_{row._meta.model_name}_{action}", args=[row.pk])


def test_a_flag_is_created(admin: Admin, bob: User, project: Project) -> None:
    answer = admin(bob).post(reverse("admin:flags_flag_add"), flag_form(project, key="checkout", owner=bob.pk))
    assert answer.status_code == 302
    flag = Flag.objects.get()
    assert (flag.variants, flag.tags, flag.owner) == (BOOLEAN_VARIANTS, [], bob)
    assert Entry.objects.get(subject="flag").actor == bob.email


def test_what_the_service_refuses_is_shown_in_the_form(admin: Admin, bob: User, project: Project) -> None:
    typed = flag_form(project, key="n", flag_type="number", variants='[{"key": "a", "value": NaN}]')
    answer = admin(bob).post(reverse("admin:flags_flag_add"), typed)
    assert answer.status_code == 200
    assert "Numbers must lie between" in answer.content.decode()
    assert not Flag.objects.exists()


def test_a_taken_key_is_told(admin: Admin, bob: User, project: Project, checkout: Flag) -> None:
    answer = admin(bob).post(reverse("admin:flags_flag_add"), flag_form(project, key="checkout"))
    assert answer.status_code == 200
    assert Flag.objects.count() == 1


def test_a_flag_is_changed(admin: Admin, bob: User, project: Project, colour: Flag) -> None:
    typed = flag_form(project, flag_type="string", variants='[{"key": "red", "value": "#e00"}]', tags='["web"]')
    assert admin(bob).post(page(colour), typed).status_code == 302
    colour.refresh_from_db()
    assert (colour.variants, colour.tags) == ([{"key": "red", "value": "#e00"}], ["web"])


def test_a_developer_does_not_change_what_production_serves(
    admin: Admin, alice: User, bob: User, project: Project, production: Environment, colour: Flag
) -> None:
    update_config(colour, production, by=alice, is_enabled=True)
    typed = flag_form(project, flag_type="string", variants='[{"key": "red", "value": "#e00"}]')
    answer = admin(bob).post(page(colour), typed)
    assert "Ask an admin to make the change" in answer.content.decode()
    assert Flag.objects.get().variants == colour.variants


def test_a_viewer_only_looks(admin: Admin, charlie: User, project: Project, checkout: Flag) -> None:
    client = admin(charlie)
    assert client.get(page(checkout)).status_code == 200
    assert client.post(page(checkout), flag_form(project, name="New")).status_code == 403
    assert client.get(reverse("admin:flags_flag_add")).status_code == 403


@pytest.mark.parametrize(("role", "status", "left"), [("developer", 403, 1), ("admin", 302, 0)])
def test_only_admins_delete(admin: Admin, checkout: Flag, bob: User, role: str, status: int, left: int) -> None:
    bob.role = role
    bob.save()
    assert admin(bob).post(page(checkout, "delete"), {"post": "yes"}).status_code == status
    assert Flag.objects.count() == left


def test_selected_flags_are_archived(admin: Admin, alice: User, checkout: Flag, share: Flag) -> None:
    typed = {"action": "archive", "_selected_action": [checkout.pk, share.pk]}
    admin(alice).post(reverse("admin:flags_flag_changelist"), typed)
    assert not Flag.objects.filter(archived_at=None).exists()


def test_selected_flags_are_restored(admin: Admin, alice: User, checkout: Flag) -> None:
    archive_flag(checkout, by=alice)
    typed = {"action": "restore", "_selected_action": [checkout.pk]}
    admin(alice).post(reverse("admin:flags_flag_changelist"), typed)
    assert Flag.objects.get().archived_at is None


def test_a_developer_does_not_archive_what_production_serves(admin: Admin, bob: User, checkout: Flag) -> None:
    typed = {"action": "archive", "_selected_action": [checkout.pk]}
    answer = admin(bob).post(reverse("admin:flags_flag_changelist"), typed, follow=True)
    assert "Ask an admin" in answer.content.decode()
    assert Flag.objects.get().archived_at is None


def test_a_config_is_set_for_the_first_time(admin: Admin, bob: User, staging: Environment, share: Flag) -> None:
    typed = config_form(flag=share.pk, environment=staging.pk, is_enabled="on", rollout_percentage="12.5")
    assert admin(bob).post(reverse("admin:flags_flagconfig_add"), typed).status_code == 302
    assert FlagConfig.objects.get().rollout_percentage == 12.5


def test_a_config_that_says_nothing_is_not_added(admin: Admin, bob: User, staging: Environment, share: Flag) -> None:
    typed = config_form(flag=share.pk, environment=staging.pk, rollout_percentage="0")
    answer = admin(bob).post(reverse("admin:flags_flagconfig_add"), typed)
    assert "exactly this there already" in answer.content.decode()


def test_a_config_is_changed(admin: Admin, bob: User, staging: Environment, colour: Flag) -> None:
    config = update_config(colour, staging, by=bob, is_enabled=True)
    assert admin(bob).post(page(config), config_form(serve='{"variant": "blue"}')).status_code == 302
    config.refresh_from_db()
    assert (config.is_enabled, config.serve) == (False, {"variant": "blue"})


def test_a_variant_that_does_not_exist_is_not_served(
    admin: Admin, bob: User, staging: Environment, colour: Flag
) -> None:
    config = update_config(colour, staging, by=bob, is_enabled=True)
    answer = admin(bob).post(page(config), config_form(is_enabled="on", serve='{"variant": "green"}'))
    assert "the flag has no variant green" in answer.content.decode()
    assert FlagConfig.objects.get().serve == {}


def test_a_developer_does_not_configure_production(
    admin: Admin, alice: User, bob: User, production: Environment, share: Flag
) -> None:
    config = update_config(share, production, by=alice, is_enabled=True)
    assert admin(bob).post(page(config), config_form()).status_code == 403
    typed = config_form(flag=share.pk, environment=production.pk, is_enabled="on")
    FlagConfig.objects.all().delete()
    answer = admin(bob).post(reverse("admin:flags_flagconfig_add"), typed)
    assert "Ask an admin" in answer.content.decode()
    assert not FlagConfig.objects.exists()


@pytest.mark.parametrize("model", ["flag", "flagconfig"])
def test_lists_open(admin: Admin, charlie: User, bob: User, staging: Environment, share: Flag, model: str) -> None:
    update_config(share, staging, by=bob, is_enabled=True)
    answer = admin(charlie).get(reverse(f"admin:flags_{model}_changelist"))
    assert "share" in answer.content.decode()
