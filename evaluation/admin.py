"""What was published, in the Django admin, to be read."""

from django.contrib import admin

from accounts.models import Environment
from accounts.policy_admin import ReadOnlyAdmin
from evaluation.models import Head, Publication


@admin.register(Head)
class HeadAdmin(ReadOnlyAdmin):
    list_display = ["environment", "revision"]

    @admin.display(description="environment")
    def environment(self, head: Head) -> str:
        found = Environment.objects.select_related("project").filter(pk=head.environment_id).first()
        return f"{found.project.key}/{found.key}" if found else f"{head.environment_id} (deleted)"


@admin.register(Publication)
class PublicationAdmin(ReadOnlyAdmin):
    list_display = ["environment_id", "revision", "kind", "key", "by", "at"]
    list_filter = ["kind"]
    search_fields = ["key", "by"]
