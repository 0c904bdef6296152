"""The page on which a flag is made."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.errors import Refusal
from accounts.models import Project
from accounts.pages import person, project_of, shown_again, signed_in
from accounts.policy import Action
from flags import services
from flags.addresses import flag_address
from flags.forms import NewFlagForm
from flags.models import Flag
from flags.variant_rows import VariantRows, rows_from

TEMPLATE = "flags/new.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def flag_new(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    policy.require(person(request), Action.CHANGE, project=project)
    if request.method == "POST" and "more" not in request.POST:
        return _make(request, project)
    initial: dict[str, Any] = request.POST.dict() or {"owner": person(request).email, "is_temporary": True}
    rows = rows_from(request.POST).more()
    return render(request, TEMPLATE, _context(project, NewFlagForm(initial=initial), rows))


def _make(request: HttpRequest, project: Project) -> HttpResponse:
    form, rows = NewFlagForm(request.POST), rows_from(request.POST)
    try:
        flag = _create(request, project, form, rows)
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, TEMPLATE, _context(project, form, rows.refused(refusal.fields)), refusal)
    messages.success(request, f"{flag.key} was made. It is off everywhere until you turn it on.")
    return redirect(flag_address(flag))


def _create(request: HttpRequest, project: Project, form: NewFlagForm, rows: VariantRows) -> Flag:
    form.require_valid()
    given = form.fields_given()
    typed = given["flag_type"] not in (Flag.Type.BOOLEAN, Flag.Type.PERCENTAGE)
    variants = rows.typed(given["flag_type"]) if typed else None
    return services.create_flag(project, by=person(request), variants=variants, **given)


def _context(project: Project, form: NewFlagForm, rows: VariantRows) -> dict[str, Any]:
    return {"project": project, "form": form, "variants": rows}
