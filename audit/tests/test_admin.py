"""The Django admin shows history to everybody and lets nobody touch it."""

import pytest
from django.test import Client
from django.urls import reverse

from accounts.models import Environment, User
from audit.models import Entry

LIST = "admin:audit_entry_changelist"


@pytest.fixture
def entry(staging: Environment) -> Entry:
    staging.name = "Stage"
    staging.save()
    return Entry.objects.latest("id")


def test_a_viewer_reads_history(client: Client, charlie: User, entry: Entry) -> None:
    client.force_login(charlie)
    assert "staging" in client.get(reverse(LIST)).content.decode()
    assert "Stage" in client.get(reverse("admin:audit_entry_change", args=[entry.pk])).content.decode()


def test_not_even_an_admin_changes_history(client: Client, alice: User, entry: Entry) -> None:
    client.force_login(alice)
    pages = [reverse(f"admin:audit_entry_{page}", args=[entry.pk]) for page in ("change", "delete")]
    found = [client.post(page, {"actor": "nobody", "post": "yes"}).status_code for page in pages]
    assert [*found, client.get(reverse("admin:audit_entry_add")).status_code] == [403, 403, 403]


def test_no_action_removes_history(client: Client, alice: User, entry: Entry) -> None:
    client.force_login(alice)
    client.post(reverse(LIST), {"action": "delete_selected", "_selected_action": [entry.pk], "post": "yes"})
    assert Entry.objects.filter(pk=entry.pk).exists()
