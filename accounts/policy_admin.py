"""How the Django admin obeys: policy says what is shown and offered, services write, refusals become form errors."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, ClassVar, cast

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.forms.models import ModelForm, ModelFormMetaclass
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts import policy
from accounts.changes import change
from accounts.errors import Refusal
from accounts.models import Project, User
from accounts.policy import Action

if TYPE_CHECKING:  # generic for the type checker alone
    _ModelAdmin = admin.ModelAdmin[Any]
    AnyForm = ModelForm[Any]
else:
    _ModelAdmin, AnyForm = admin.ModelAdmin, ModelForm


class PolicyAdmin(_ModelAdmin):
    """Base of every admin of rows: say which actions it takes and where a row stands, and pass writes to services.

    `create`, `update` and `remove` are called inside a change by whoever is signed in.
    """

    reading: ClassVar[Action] = Action.READ
    adding: ClassVar[Action] = Action.CHANGE
    changing: ClassVar[Action] = Action.CHANGE
    deleting: ClassVar[Action] = Action.CHANGE
    by_project: ClassVar[bool] = True  # a role in one project is enough to be offered what is not yet about one row

    def create(self, *, by: User, **values: Any) -> Any:
        raise NotImplementedError

    def update(self, row: Any, *, by: User, **values: Any) -> Any:
        raise NotImplementedError

    def remove(self, row: Any, *, by: User) -> None:
        raise NotImplementedError

    def project_of(self, row: Any) -> Project | None:
        """The project whose roles count for this row; None: the roles that are held everywhere."""
        return None

    def action_on(self, row: Any) -> Action:
        """What changing this row takes."""
        return self.changing

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.reading, obj)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.may(request, self.adding, None)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.changing if obj is None else self.action_on(obj), obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may(request, self.deleting, obj)

    def may(self, request: HttpRequest, action: Action, row: Any) -> bool:
        user = request.user
        if not isinstance(user, User):
            return False
        if row is None and self.by_project:
            return policy.may_somewhere(user, action)
        return policy.may(user, action, project=self.project_of(row) if row is not None else None)

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> tuple[Any, Any, set[str], Any]:
        """What goes with these rows; the service that removes them decides whether they may go."""
        listed, counted, _, protected = super().get_deleted_objects(objs, request)
        return listed, counted, set(), protected

    def save_model(self, request: HttpRequest, obj: Any, form: AnyForm, change_: bool) -> None:
        by = person(request)
        with change(by=by):
            if change_:
                self.update(obj, by=by, **{name: form.cleaned_data[name] for name in form.changed_data})
            else:
                obj.__dict__.update(self.create(by=by, **form.cleaned_data).__dict__)

    def delete_model(self, request: HttpRequest, obj: Any) -> None:
        with change(by=person(request)):
            self.remove(obj, by=person(request))

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> None:
        with change(by=person(request)):
            for row in queryset:
                self.remove(row, by=person(request))

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> type[AnyForm]:
        form: type[AnyForm] = super().get_form(request, obj, change, **kwargs)
        refusal = getattr(request, "refusal", None)
        if refusal is None:
            return form
        refused: Any = ModelFormMetaclass(form.__name__, (_Refused, form), {"refusal": refusal})
        return cast("type[AnyForm]", refused)

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> Any:
        try:
            return super().changeform_view(request, object_id, form_url, extra_context)
        except Refusal as refusal:
            request.refusal = refusal  # type: ignore[attr-defined]
            return super().changeform_view(request, object_id, form_url, extra_context)

    def delete_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return _told(request, lambda: super(PolicyAdmin, self).delete_view(request, object_id, extra_context))

    def changelist_view(self, request: HttpRequest, extra_context: Mapping[str, Any] | None = None) -> HttpResponse:
        context = dict(extra_context or {})
        return _told(request, lambda: super(PolicyAdmin, self).changelist_view(request, context))


class ReadOnlyAdmin(PolicyAdmin):
    """Base of the admins of what only the system writes: nothing can be added, changed or deleted, by whomever."""

    actions = None
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class _Refused:
    """The form of a write that was refused: what was typed, and why."""

    refusal: ClassVar[Refusal]

    def _post_clean(self: Any) -> None:
        super()._post_clean()  # type: ignore[misc]
        for path, sentences in self.refusal.fields.items():
            name = path.split(".")[0]
            self.add_error(name if name in self.fields else None, list(sentences))
        if not self.refusal.fields:
            self.add_error(None, self.refusal.message)


def person(request: HttpRequest) -> User:
    """Who uses the admin, where it lets only those in who signed in."""
    assert isinstance(request.user, User)
    return request.user


def _told(request: HttpRequest, view: Callable[[], HttpResponse]) -> HttpResponse:
    """A view's answer; where it was refused, the same page again with the reason."""
    try:
        return view()
    except Refusal as refusal:
        reasons = [sentence for sentences in refusal.fields.values() for sentence in sentences]
        messages.error(request, " ".join([refusal.message, *reasons]))
        return HttpResponseRedirect(request.get_full_path())
