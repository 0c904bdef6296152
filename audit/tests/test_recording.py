"""Every change of a row is history: who, when, where, and each field's old and new value, in its own transaction."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, connection

from accounts.changes import change
from accounts.models import ApiKey, Environment, Membership, Project, User
from audit.models import Entry

pytestmark = pytest.mark.django_db


def newest() -> Entry:
    found = Entry.objects.first()
    assert found
    return found


def test_a_creation_shows_every_value(project: Project, alice: User) -> None:
    with change(by=alice):
        Environment.objects.create(project=project, key="qa", name="QA", position=5)
    entry = newest()
    assert (entry.action, entry.actor, entry.actor_id) == ("create", alice.email, alice.pk)
    assert (entry.subject, entry.key, entry.project, entry.environment) == ("environment", "qa", "default", "qa")
    assert entry.changes == {
        "project_id": [None, str(project.pk)],
        "key": [None, "qa"],
        "name": [None, "QA"],
        "description": [None, ""],
        "position": [None, 5],
        "is_protected": [None, False],
        "allows_keyless": [None, True],
    }


@pytest.mark.parametrize(
    ("field", "old", "new"),
    [
        ("key", "staging", "stage"),
        ("name", "Staging", "Stage"),
        ("description", "", "Before production."),
        ("is_protected", False, True),
        ("allows_keyless", True, False),
    ],
)
def test_an_update_shows_old_and_new(staging: Environment, alice: User, field: str, old: Any, new: Any) -> None:
    with change(by=alice):
        setattr(staging, field, new)
        staging.save()
    assert (newest().action, newest().changes) == ("update", {field: [old, new]})


def test_a_deletion_shows_what_was_there(staging: Environment, alice: User) -> None:
    kept = staging.pk
    with change(by=alice):
        staging.delete()
    assert (newest().action, newest().subject_id) == ("delete", kept)
    assert newest().changes["key"] == ["staging", None]


def test_what_goes_with_a_deleted_row_is_history_too(staging: Environment) -> None:
    ApiKey.objects.create(environment=staging, name="Web", kind="server", prefix="fp_server_abc", key_hash="0" * 64)
    staging.delete()
    found = Entry.objects.filter(action="delete").values_list("subject", "environment")
    assert set(found) == {("environment", "staging"), ("api_key", "staging")}


def test_a_role_change_is_history(bob: User, alice: User) -> None:
    with change(by=alice):
        bob.role = "admin"
        bob.save()
    assert (newest().subject, newest().key, newest().changes) == ("user", bob.email, {"role": ["developer", "admin"]})


def test_a_role_in_one_project_names_the_project(bob: User, project: Project) -> None:
    Membership.objects.create(user=bob, project=project, role="viewer")
    assert (newest().subject, newest().key, newest().project) == ("membership", bob.email, "default")


def test_secrets_are_not_told(bob: User) -> None:
    bob.set_password("another good one")
    bob.save()
    assert newest().changes == {"password": ["•••", "•••"]}


def test_a_save_without_a_service_is_history_by_the_system(staging: Environment) -> None:
    staging.name = "Changed at a shell"
    staging.save()
    assert (newest().actor, newest().actor_id) == ("system", None)


def test_a_bulk_update_is_history_row_by_row(project: Project) -> None:
    project.environments.update(allows_keyless=False)
    assert Entry.objects.filter(changes={"allows_keyless": [True, False]}).count() == 3


def test_a_bulk_deletion_is_history_row_by_row(project: Project) -> None:
    project.environments.all().delete()
    assert Entry.objects.filter(action="delete", subject="environment").count() == 3


def test_a_bulk_creation_is_history_row_by_row(project: Project) -> None:
    Environment.objects.bulk_create([Environment(project=project, key=key, name=key) for key in ("a", "b")])
    assert Entry.objects.filter(action="create", key__in=["a", "b"]).count() == 2


def test_a_save_that_changes_nothing_is_no_history(staging: Environment) -> None:
    before = Entry.objects.count()
    staging.save()
    assert Entry.objects.count() == before


def test_a_sign_in_is_no_history(bob: User) -> None:
    before = Entry.objects.count()
    bob.last_login = bob.created_at
    bob.save()
    assert Entry.objects.count() == before


def test_two_saves_in_one_change_are_two_entries(staging: Environment, alice: User) -> None:
    with change(by=alice):
        for name in ("One", "Two"):
            staging.name = name
            staging.save()
    assert [entry.changes["name"] for entry in Entry.objects.all()[:2]] == [["One", "Two"], ["Staging", "One"]]


def test_each_part_of_a_change_has_its_own_actor(staging: Environment, alice: User, bob: User) -> None:
    with change(by=alice):
        with change(by=bob):
            staging.name = "By Bob"
            staging.save()
        staging.name = "By Alice"
        staging.save()
    assert [entry.actor for entry in Entry.objects.all()[:2]] == [alice.email, bob.email]


@pytest.mark.django_db(transaction=True)
def test_a_change_that_is_rolled_back_leaves_no_entry(staging: Environment, alice: User) -> None:
    before = Entry.objects.count()
    with contextlib.suppress(ZeroDivisionError), change(by=alice):
        staging.name = "Never"
        staging.save()
        raise ZeroDivisionError
    assert Entry.objects.count() == before


@pytest.mark.django_db(transaction=True)
def test_an_entry_that_cannot_be_written_takes_the_change_with_it(staging: Environment) -> None:
    staging.name = "Unrecorded"
    with connection.execute_wrapper(_no_history), pytest.raises(DatabaseError, match="no history"):
        staging.save()
    assert Environment.objects.get(pk=staging.pk).name == "Staging"


def _no_history(execute: Callable[..., Any], sql: str, *rest: Any) -> Any:
    if "audit_entry" in sql:
        raise DatabaseError("no history")
    return execute(sql, *rest)
