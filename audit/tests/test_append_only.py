"""The database refuses to change or remove history, by whichever way somebody tries."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.models import Environment
from audit.models import Entry

pytestmark = pytest.mark.django_db

REPLACE = {
    "sqlite": "INSERT OR REPLACE INTO audit_entry SELECT * FROM audit_entry",
    "postgresql": """INSERT INTO audit_entry SELECT * FROM audit_entry WHERE true
        ON CONFLICT (id) DO UPDATE SET actor = 'nobody'""",
}


@pytest.fixture
def entry(staging: Environment) -> Iterator[Entry]:
    """An entry that is there before and after, as it was."""
    staging.name = "Changed"
    staging.save()
    found = Entry.objects.get()
    before = Entry.objects.values().get()
    yield found
    assert Entry.objects.values().get() == before


def execute(statement: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(statement)


def refused(attempt: Callable[[], Any]) -> None:
    with pytest.raises(DatabaseError, match="audit entries are append-only"), transaction.atomic():
        attempt()


@pytest.mark.parametrize("statement", ["UPDATE audit_entry SET actor = 'nobody'", "DELETE FROM audit_entry"])
def test_sql_is_refused(entry: Entry, statement: str) -> None:
    refused(lambda: execute(statement))


def test_a_save_is_refused(entry: Entry) -> None:
    entry.actor = "nobody"
    refused(entry.save)


def test_a_deletion_is_refused(entry: Entry) -> None:
    kept = Entry.objects.get()
    refused(kept.delete)


def test_an_update_of_many_is_refused(entry: Entry) -> None:
    refused(lambda: Entry.objects.update(actor="nobody"))


def test_a_deletion_of_many_is_refused(entry: Entry) -> None:
    refused(lambda: Entry.objects.all().delete())


def test_replacing_a_row_is_refused(entry: Entry) -> None:
    refused(lambda: execute(REPLACE[connection.vendor]))
