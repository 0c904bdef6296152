"""History in the Django admin, to be read."""

from django.contrib import admin

from accounts.policy_admin import ReadOnlyAdmin
from audit.models import Entry


@admin.register(Entry)
class EntryAdmin(ReadOnlyAdmin):
    list_display = ["at", "actor", "action", "subject", "key", "project", "environment"]
    list_filter = ["action", "subject", "project", "environment"]
    search_fields = ["key", "actor"]
    fields = ["at", "actor", "actor_id", "action", "subject", "subject_id", "key", "project", "environment", "changes"]
