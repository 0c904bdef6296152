"""What was published and how it is used, in the Django admin, to be read."""

from django.contrib import admin

from accounts.models import Environment
from accounts.policy_admin import ReadOnlyAdmin
from evaluation.models import ExperimentUsage, Head, LastSeen, Publication, UnknownFlag, Usage


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


@admin.register(Usage)
class UsageAdmin(ReadOnlyAdmin):
    list_display = ["environment_id", "flag", "variant", "at", "span", "count"]
    list_filter = ["span"]
    search_fields = ["flag"]


@admin.register(ExperimentUsage)
class ExperimentUsageAdmin(ReadOnlyAdmin):
    list_display = ["environment_id", "experiment", "variant", "at", "span", "count"]
    list_filter = ["span"]
    search_fields = ["experiment"]


@admin.register(LastSeen)
class LastSeenAdmin(ReadOnlyAdmin):
    list_display = ["environment_id", "flag", "at"]
    search_fields = ["flag"]


@admin.register(UnknownFlag)
class UnknownFlagAdmin(ReadOnlyAdmin):
    list_display = ["environment_id", "flag", "count", "first_seen_at", "last_seen_at"]
    search_fields = ["flag"]
