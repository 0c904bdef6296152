"""History in the Django admin, to be read."""

from django.contrib import admin
from django.http import HttpRequest

from accounts.policy_admin import PolicyAdmin
from audit.models import Entry


@admin.register(Entry)
class EntryAdmin(PolicyAdmin):
    """Nothing can be added, changed or deleted, by whomever."""

    list_display = ["at", "actor", "action", "subject", "key", "project", "environment"]
    list_filter = ["action", "subject", "project", "environment"]
    search_fields = ["key", "actor"]
    show_full_result_count = False
    actions = None
    fields = ["at", "actor", "actor_id", "action", "subject", "subject_id", "key", "project", "environment", "changes"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Entry | None = None) -> bool:
        return False
