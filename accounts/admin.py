"""People, places and keys in the Django admin."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from accounts import members, places, services
from accounts.api_keys import revoke_key
from accounts.changes import change
from accounts.models import ApiKey, Environment, Membership, Project, SignIn, User
from accounts.policy import Action
from accounts.policy_admin import AnyForm, PolicyAdmin, ReadOnlyAdmin, person


class NewUserForm(AnyForm):
    """An account that an admin makes, with the password that its owner changes later."""

    password = forms.CharField(strip=False, widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}))

    class Meta:
        model = User
        fields = ["email", "name", "role", "password"]


@admin.register(User)
class UserAdmin(PolicyAdmin):
    """Nobody is deleted: deactivate them, so that history keeps its names."""

    reading = adding = changing = Action.MANAGE_USERS
    by_project = False
    list_display = ["email", "name", "role", "is_active", "created_at"]
    list_filter = ["role", "is_active"]
    search_fields = ["email", "name"]
    fields = ["email", "name", "role", "is_active", "created_at", "updated_at"]
    readonly_fields = ["email", "created_at", "updated_at"]

    def get_form(self, request: HttpRequest, obj: User | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **(kwargs if obj else {**kwargs, "form": NewUserForm}))

    def get_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return super().get_fields(request, obj) if obj else NewUserForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: User | None = None) -> Any:
        return super().get_readonly_fields(request, obj) if obj else []

    def has_delete_permission(self, request: HttpRequest, obj: User | None = None) -> bool:
        return False

    def create(self, *, by: User, **values: Any) -> User:
        return services.create_user(by=by, **values)

    def update(self, row: User, *, by: User, **values: Any) -> User:
        role = values.pop("role", None)
        services.update_user(row, by=by, **values)
        return services.set_role(row, role, by=by) if role else row


@admin.register(SignIn)
class SignInAdmin(ReadOnlyAdmin):
    """Who is signed in with a program, for those who manage users; a user's password or activity ends it."""

    reading = Action.MANAGE_USERS
    by_project = False
    list_display = ["user", "created_at", "expires_at", "ended_at"]
    list_filter = ["ended_at"]
    search_fields = ["user__email"]
    exclude = ["refresh_id"]


@admin.register(Project)
class ProjectAdmin(PolicyAdmin):
    adding = changing = deleting = Action.MANAGE_PROJECTS
    by_project = False
    list_display = ["key", "name", "created_at"]
    search_fields = ["key", "name"]
    fields = ["key", "name"]

    def project_of(self, row: Project) -> Project:
        return row

    def get_readonly_fields(self, request: HttpRequest, obj: Project | None = None) -> Any:
        return ["key"] if obj else []

    def create(self, *, by: User, **values: Any) -> Project:
        return places.create_project(by=by, **values)

    def update(self, row: Project, *, by: User, **values: Any) -> Project:
        return places.update_project(row, by=by, **values)

    def remove(self, row: Project, *, by: User) -> None:
        places.delete_project(row, by=by)


@admin.register(Environment)
class EnvironmentAdmin(PolicyAdmin):
    adding = changing = deleting = Action.MANAGE_ENVIRONMENTS
    list_display = ["key", "project", "name", "position", "is_protected", "allows_keyless"]
    list_filter = ["project"]
    search_fields = ["key", "name"]
    fields = ["project", "key", "name", "description", "position", "is_protected", "allows_keyless"]

    def project_of(self, row: Environment) -> Project:
        return row.project

    def get_readonly_fields(self, request: HttpRequest, obj: Environment | None = None) -> Any:
        return ["project", "key"] if obj else []

    def create(self, *, by: User, **values: Any) -> Environment:
        return places.create_environment(by=by, **values)

    def update(self, row: Environment, *, by: User, **values: Any) -> Environment:
        return places.update_environment(row, by=by, **values)

    def remove(self, row: Environment, *, by: User) -> None:
        places.delete_environment(row, by=by)


@admin.register(Membership)
class MembershipAdmin(PolicyAdmin):
    reading = adding = changing = deleting = Action.MANAGE_USERS
    by_project = False
    list_display = ["user", "project", "role"]
    list_filter = ["project", "role"]
    list_select_related = ["user", "project"]
    search_fields = ["user__email"]
    fields = ["user", "project", "role"]

    def project_of(self, row: Membership) -> Project:
        return row.project

    def get_readonly_fields(self, request: HttpRequest, obj: Membership | None = None) -> Any:
        return ["user", "project"] if obj else []

    def create(self, *, by: User, **values: Any) -> Membership:
        return members.set_member(values["project"], values["user"], values["role"], by=by)

    def update(self, row: Membership, *, by: User, **values: Any) -> Membership:
        return members.set_member(row.project, row.user, values.get("role", row.role), by=by)

    def remove(self, row: Membership, *, by: User) -> None:
        members.remove_member(row, by=by)


@admin.register(ApiKey)
class ApiKeyAdmin(PolicyAdmin):
    """Shown and revoked here; made where their text can be shown once."""

    reading = Action.MANAGE_ENVIRONMENTS
    by_project = False
    list_display = ["prefix", "name", "kind", "environment", "created_at", "expires_at", "revoked_at"]
    list_filter = ["kind", "environment"]
    list_select_related = ["environment"]
    fields = [
        *("prefix", "name", "kind", "environment", "allowed_origins", "rate_limit"),
        *("created_at", "expires_at", "revoked_at"),
    ]
    actions = ["revoke"]

    def project_of(self, row: ApiKey) -> Project:
        return row.environment.project

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: ApiKey | None = None) -> bool:
        return False

    @admin.action(description="Revoke the selected keys", permissions=["view"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[ApiKey]) -> None:
        by = person(request)
        with change(by=by):
            for key in queryset.select_related("environment__project"):
                revoke_key(key, by=by, now=timezone.now())
        messages.success(request, "The selected keys are revoked.")


def _change_own_password(request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
    """The admin's own page; what it writes is written by whoever is signed in."""
    if request.method != "POST":
        return _password_page(request, extra_context)
    with change(by=person(request)):
        return _password_page(request, extra_context)


_password_page = admin.site.password_change
admin.site.password_change = _change_own_password  # type: ignore[method-assign, assignment]
