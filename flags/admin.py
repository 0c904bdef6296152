"""Flags and their configs in the Django admin: the same services, so the same policy and the same refusals."""

from collections.abc import Callable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from accounts import policy
from accounts.changes import change
from accounts.errors import Conflict
from accounts.models import Project, User
from accounts.policy import Action
from accounts.policy_admin import PolicyAdmin, ReadOnlyAdmin, person
from flags import audiences, services
from flags.models import Audience, Flag, FlagConfig, SeenAttribute

_LISTS = ("tags", "prerequisites", "targets", "rules", "included", "excluded")
_LEFT_EMPTY: dict[str, Any] = {"serve": {}, **{name: [] for name in _LISTS}}  # what an empty input for JSON stands for


class NothingToSet(Conflict):
    """A config that would say what is so already has no row to be added as."""

    code = "nothing_to_set"


@admin.register(Flag)
class FlagAdmin(PolicyAdmin):
    """What flags are. What they do stands in their configs."""

    deleting = Action.DELETE_FLAGS
    list_display = ["key", "project", "name", "flag_type", "owner", "archived_at", "updated_at"]
    list_filter = ["project", "flag_type", "purpose", "is_temporary", ("archived_at", admin.EmptyFieldListFilter)]
    list_select_related = ["project", "owner"]
    search_fields = ["key", "name", "description"]
    fields = [
        *("project", "key", "name", "description", "flag_type", "variants", "tags", "owner", "purpose"),
        *("is_temporary", "is_client_visible", "archived_at", "version", "created_at", "updated_at"),
    ]
    actions = ["archive", "restore"]

    def project_of(self, row: Flag) -> Project:
        return row.project

    def get_readonly_fields(self, request: HttpRequest, obj: Flag | None = None) -> Any:
        return ["archived_at", "version", "created_at", "updated_at", *(["project", "key"] if obj else [])]

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "variants":
            kwargs |= {"required": False, "help_text": f"{db_field.help_text}; empty: on and off, for booleans."}
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "owner":
            kwargs["queryset"] = User.objects.filter(is_active=True)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def create(self, *, by: User, **values: Any) -> Flag:
        return services.create_flag(values.pop("project"), by=by, **_given(values))

    def update(self, row: Flag, *, by: User, **values: Any) -> Flag:
        return services.update_flag(row, by=by, **_given(values))

    def remove(self, row: Flag, *, by: User) -> None:
        services.delete_flag(row, by=by)

    @admin.action(description="Archive the selected flags", permissions=["change"])
    def archive(self, request: HttpRequest, queryset: QuerySet[Flag]) -> None:
        _each(services.archive_flag, queryset, by=person(request))

    @admin.action(description="Restore the selected flags", permissions=["change"])
    def restore(self, request: HttpRequest, queryset: QuerySet[Flag]) -> None:
        _each(services.restore_flag, queryset, by=person(request))


@admin.register(FlagConfig)
class FlagConfigAdmin(PolicyAdmin):
    """What flags do, one environment at a time. A config is never removed: turn the flag off."""

    list_display = ["flag", "environment", "is_enabled", "rollout_percentage", "serve", "updated_at"]
    list_filter = ["environment", "is_enabled"]
    list_select_related = ["flag", "environment"]
    search_fields = ["flag__key"]
    fields = [
        "flag",
        "environment",
        "is_enabled",
        "rollout_percentage",
        "serve",
        "off_variant",
        "prerequisites",
        "targets",
        "rules",
        "version",
        "updated_at",
    ]

    def project_of(self, row: FlagConfig) -> Project:
        return row.flag.project

    def action_on(self, row: FlagConfig) -> Action:
        return policy.changing(row.environment)

    def has_delete_permission(self, request: HttpRequest, obj: FlagConfig | None = None) -> bool:
        return False

    def get_readonly_fields(self, request: HttpRequest, obj: FlagConfig | None = None) -> Any:
        return ["version", "updated_at", *(["flag", "environment"] if obj else [])]

    def create(self, *, by: User, **values: Any) -> FlagConfig:
        config = services.update_config(values.pop("flag"), values.pop("environment"), by=by, **_given(values))
        if not config.version:
            raise NothingToSet("The flag does exactly this there already. Change a setting or leave it.")
        return config

    def update(self, row: FlagConfig, *, by: User, **values: Any) -> FlagConfig:
        return services.update_config(row.flag, row.environment, by=by, **_given(values))


@admin.register(Audience)
class AudienceAdmin(PolicyAdmin):
    """Who belongs together in one environment."""

    list_display = ["key", "environment", "name", "updated_at"]
    list_filter = ["environment"]
    list_select_related = ["environment__project"]
    search_fields = ["key", "name", "description"]
    fields = [
        *("environment", "key", "name", "description", "rules", "included", "excluded"),
        *("version", "created_at", "updated_at"),
    ]

    def project_of(self, row: Audience) -> Project:
        return row.environment.project

    def action_on(self, row: Audience) -> Action:
        return policy.changing(row.environment)

    def has_delete_permission(self, request: HttpRequest, obj: Audience | None = None) -> bool:
        return self.has_change_permission(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Audience | None = None) -> Any:
        return ["version", "created_at", "updated_at", *(["environment", "key"] if obj else [])]

    def create(self, *, by: User, **values: Any) -> Audience:
        return audiences.create_audience(values.pop("environment"), by=by, **_given(values))

    def update(self, row: Audience, *, by: User, **values: Any) -> Audience:
        return audiences.update_audience(row, by=by, **_given(values))

    def remove(self, row: Audience, *, by: User) -> None:
        audiences.delete_audience(row, by=by)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: _LEFT_EMPTY.get(name) if value is None else value for name, value in values.items()}


def _each(service: Callable[..., Flag], flags: QuerySet[Flag], *, by: User) -> None:
    with change(by=by):
        for flag in flags:
            service(flag, by=by)


@admin.register(SeenAttribute)
class SeenAttributeAdmin(ReadOnlyAdmin):
    list_display = ["name", "environment", "first_seen_at"]
    list_filter = ["environment"]
    search_fields = ["name"]
