"""What is saved from a flag's page: its settings in one environment, and its definition."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts.errors import Refusal
from accounts.models import Environment
from accounts.pages import person, project_of, shown_again, signed_in
from accounts.queries import find_environment
from flags import services
from flags.addresses import flag_address
from flags.forms import DefinitionForm
from flags.models import Flag
from flags.queries import find_flag
from flags.settings_form import SettingsForm
from flags.variant_rows import VariantRows, rows_from
from flags.views.showing import TEMPLATE, config_of, detail

# Who reloads a refused form, or comes back to it, is sent to the flag.
shown_or_saved = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@shown_or_saved
def flag_settings(request: HttpRequest, key: str) -> HttpResponse:
    flag = find_flag(project_of(request), key)
    environment = find_environment(flag.project, request.GET.get("environment", ""))
    if request.method == "POST":
        return _save_settings(request, flag, environment)
    return redirect(flag_address(flag, environment=environment.key))


@signed_in
@shown_or_saved
def flag_definition(request: HttpRequest, key: str) -> HttpResponse:
    flag = find_flag(project_of(request), key)
    if request.method != "POST":
        return redirect(flag_address(flag))
    form, rows = DefinitionForm(request.POST, auto_id="definition_%s"), rows_from(request.POST)
    if "more" in request.POST:
        unsaved = DefinitionForm(initial=request.POST.dict(), auto_id="definition_%s")
        return render(request, TEMPLATE, detail(request, flag, definition=unsaved, variants=rows.more()))
    return _save_definition(request, flag, form, rows)


def _save_settings(request: HttpRequest, flag: Flag, environment: Environment) -> HttpResponse:
    form = SettingsForm(flag, environment, config_of(flag, environment), given=request.POST)
    try:
        form.require_valid()
        services.update_config(flag, environment, by=person(request), if_match=form.read(), **form.config_given())
    except Refusal as refusal:
        newest = find_flag(flag.project, str(flag.pk))
        form.take(refusal, newest=services.etag(newest, config_of(newest, environment)))
        return _again(request, newest, refusal, settings=form)
    messages.success(request, f"Saved what {flag.key} does in {environment.name}.")
    return redirect(flag_address(flag, environment=environment.key))


def _save_definition(request: HttpRequest, flag: Flag, form: DefinitionForm, rows: VariantRows) -> HttpResponse:
    try:
        form.require_valid()
        fields = form.fields_given()
        if rows.rows:
            fields["variants"] = rows.typed(flag.flag_type)
        services.update_flag(flag, by=person(request), if_match=form.read(), **fields)
    except Refusal as refusal:
        newest = find_flag(flag.project, str(flag.pk))
        form.take(refusal, newest=services.etag(newest))
        return _again(request, newest, refusal, definition=form, variants=rows.refused(refusal.fields))
    messages.success(request, f"Saved {flag.key}.")
    return redirect(flag_address(flag, environment=request.GET.get("environment")))


def _again(request: HttpRequest, flag: Flag, refusal: Refusal, **typed: Any) -> HttpResponse:
    return shown_again(request, TEMPLATE, detail(request, flag, **typed), refusal)
