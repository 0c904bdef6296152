"""What is done to flags is history: field by field, by whom and where, whichever way it came."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.changes import change
from accounts.errors import Forbidden
from accounts.models import Environment, Project, User
from audit.models import Entry
from flags.models import Flag, FlagConfig
from flags.services import archive_flag, create_flag, delete_flag, restore_flag, update_config, update_flag
from flags.tests.conftest import COLOURS

pytestmark = pytest.mark.django_db


def newest() -> Entry:
    found = Entry.objects.first()
    assert found
    return found


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("name", "", "Colour"),
        ("description", "", "Which colour."),
        ("variants", COLOURS, COLOURS[:1]),
        ("tags", [], ["web"]),
        ("purpose", "release", "experiment"),
        ("is_temporary", True, False),
        ("is_client_visible", False, True),
    ],
)
def test_each_field_of_a_flag_shows_old_and_new(alice: User, colour: Flag, field: str, old: Any, new: Any) -> None:
    update_flag(colour, by=alice, **{field: new})
    entry = newest()
    assert (entry.action, entry.subject, entry.key, entry.environment) == ("update", "flag", "colour", "")
    assert (entry.actor, entry.changes) == (alice.email, {field: [old, new]})


def test_a_new_owner_is_shown_by_id(alice: User, bob: User, colour: Flag) -> None:
    update_flag(colour, by=alice, owner=bob)
    assert newest().changes == {"owner_id": [None, str(bob.pk)]}


def test_a_new_type_is_shown(bob: User, checkout: Flag) -> None:
    update_flag(checkout, by=bob, flag_type="percentage")
    assert newest().changes == {"flag_type": ["boolean", "percentage"]}


HALVES = {
    "split": [
        {"variant": "red", "weight": 50, "ranges": [[0, 50_000]]},
        {"variant": "blue", "weight": 50, "ranges": [[50_000, 100_000]]},
    ]
}


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("is_enabled", True, False),
        ("rollout_percentage", 30, 12.5),
        ("serve", {"variant": "red"}, HALVES),
        ("off_variant", "red", "blue"),
    ],
)
def test_each_field_of_a_config_shows_old_and_new(
    bob: User, staging: Environment, colour: Flag, field: str, old: Any, new: Any
) -> None:
    update_config(colour, staging, by=bob, **{field: old})
    update_config(colour, staging, by=bob, **{field: new})
    entry = newest()
    assert (entry.action, entry.subject, entry.key, entry.environment) == ("update", "flag_config", "colour", "staging")
    assert (entry.actor, entry.changes) == (bob.email, {field: [old, new]})


def test_the_first_setting_of_an_environment_is_a_creation(bob: User, staging: Environment, share: Flag) -> None:
    update_config(share, staging, by=bob, is_enabled=True, rollout_percentage=30)
    assert (newest().action, newest().changes["rollout_percentage"]) == ("create", [None, 30])


def test_archiving_and_restoring_show_when(alice: User, checkout: Flag) -> None:
    archive_flag(checkout, by=alice)
    [before, archived] = newest().changes["archived_at"]
    assert before is None
    restore_flag(checkout, by=alice)
    assert newest().changes == {"archived_at": [archived, None]}


def test_a_deletion_shows_what_was_there(alice: User, checkout: Flag) -> None:
    kept = checkout.pk
    delete_flag(checkout, by=alice)
    assert (newest().action, newest().subject_id, newest().actor) == ("delete", kept, alice.email)
    assert newest().changes["name"] == ["Checkout", None]


def test_a_value_that_only_python_calls_equal_is_a_change(alice: User, project: Project) -> None:
    one, true = ([{"key": "a", "value": {"limit": value}}] for value in (1, True))
    flag = create_flag(project, by=alice, key="o", flag_type="object", variants=one)
    update_flag(flag, by=alice, variants=true)
    [before, after] = newest().changes["variants"]
    assert (before[0]["value"]["limit"] is True, after[0]["value"]["limit"] is True) == (False, True)


def test_a_save_at_a_shell_is_history_too(staging: Environment, share: Flag) -> None:
    FlagConfig.objects.create(flag=share, environment=staging, is_enabled=True)
    assert (newest().actor, newest().subject, newest().environment) == ("system", "flag_config", "staging")


def test_an_update_in_bulk_at_a_shell_is_history_too(checkout: Flag, share: Flag) -> None:
    Flag.objects.update(purpose="operations")
    changed = Entry.objects.filter(changes={"purpose": ["release", "operations"]})
    assert set(changed.values_list("key", flat=True)) == {"checkout", "share"}


def test_what_is_refused_is_no_history(bob: User, production: Environment, checkout: Flag) -> None:
    before = Entry.objects.count()
    with pytest.raises(Forbidden):
        update_flag(checkout, by=bob, name="New", environment=production, config={"is_enabled": True})
    assert Entry.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_what_is_rolled_back_is_no_history(bob: User, staging: Environment, checkout: Flag) -> None:
    before = Entry.objects.count()
    with pytest.raises(ZeroDivisionError), change(by=bob):
        _fail_after(update_config(checkout, staging, by=bob, is_enabled=True))
    assert (Entry.objects.count(), FlagConfig.objects.count()) == (before, 0)


def test_the_api_tells_a_flags_whole_life(api: Callable[[User], APIClient], alice: User) -> None:
    client = api(alice)
    client.post("/flags", {"key": "checkout"})
    client.put("/flags/checkout?environment_key=production", {"is_enabled": True})
    client.delete("/flags/checkout")
    told = client.get("/audit/flag/checkout").json()["data"]
    assert [(entry["action"], entry["subject"], entry["environment"]) for entry in told[::-1]] == [
        ("create", "flag", None),
        ("create", "flag_config", "production"),
        ("delete", "flag_config", "production"),
        ("delete", "flag", None),
    ]
    assert {entry["actor"] for entry in told} == {alice.email}


def _fail_after(written: FlagConfig) -> None:
    assert written.pk
    raise ZeroDivisionError
