"""The pages on which an audience is made, changed and deleted."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.errors import Refusal
from accounts.models import Environment
from accounts.pages import address, person, project_of, shown_again, signed_in
from accounts.queries import find_environment
from audit.queries import recent
from audit.wording import told
from flags import audiences
from flags.abilities import abilities
from flags.addresses import audience_address
from flags.audience_form import AudienceForm
from flags.models import Audience
from flags.queries import find_audience
from flags.rule_wording import lead
from flags.usage import Uses, uses_of_audiences

FORM, DELETE = "audiences/form.html", "audiences/delete.html"
ENTRIES = 5
asked_and_done = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@asked_and_done
def audience_new(request: HttpRequest) -> HttpResponse:
    environment = find_environment(project_of(request), request.GET.get("environment", ""))
    policy.require_change(person(request), environment)
    if request.method != "POST":
        return render(request, FORM, _place(environment, AudienceForm(environment)))
    form = AudienceForm(environment, given=request.POST)
    try:
        form.require_valid()
        audience = audiences.create_audience(environment, by=person(request), **form.fields_given())
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, FORM, _place(environment, form), refusal)
    messages.success(request, f"{audience.key} was made. Rules in {environment.name} can ask for it now.")
    return redirect(audience_address(audience))


@signed_in
@asked_and_done
def audience_detail(request: HttpRequest, key: str) -> HttpResponse:
    audience = _found(request, key)
    if request.method == "POST":
        return _save(request, audience)
    return render(request, FORM, _about(request, audience))


@signed_in
@asked_and_done
def audience_delete(request: HttpRequest, key: str) -> HttpResponse:
    audience = _found(request, key)
    if request.method != "POST":
        return render(request, DELETE, _about(request, audience))
    environment = audience.environment
    audiences.delete_audience(audience, by=person(request))
    messages.success(request, f"{audience.key} is deleted in {environment.name}.")
    return redirect(address("audience-list", project=environment.project.key, environment=environment.key))


def _save(request: HttpRequest, audience: Audience) -> HttpResponse:
    form = AudienceForm(audience.environment, audience, given=request.POST)
    try:
        form.require_valid()
        audiences.update_audience(audience, by=person(request), if_match=form.read(), **form.fields_given())
    except Refusal as refusal:
        newest = find_audience(audience.environment.project, str(audience.pk), environment=audience.environment)
        form.take(refusal, newest=audiences.etag(newest))
        return shown_again(request, FORM, _about(request, newest, form=form), refusal)
    messages.success(request, f"Saved {audience.key} in {audience.environment.name}.")
    return redirect(audience_address(audience))


def _found(request: HttpRequest, key: str) -> Audience:
    project = project_of(request)
    environment = find_environment(project, request.GET.get("environment", ""))
    return find_audience(project, key, environment=environment)


def _about(request: HttpRequest, audience: Audience, form: AudienceForm | None = None) -> dict[str, Any]:
    """What the pages of one audience show."""
    environment = audience.environment
    entries = recent(project=environment.project.key, subject="audience", key=audience.key, environment=environment.key)
    return {
        **_place(environment, form or AudienceForm(environment, audience)),
        "audience": audience,
        "sentences": [f"{lead(rule)}." for rule in audience.rules],
        "uses": uses_of_audiences(environment).get(audience.key, Uses([], [])),
        "why_not": abilities(person(request), environment.project, [environment]).why_not.get(environment.key, ""),
        "entries": told(entries[:ENTRIES]),
    }


def _place(environment: Environment, form: AudienceForm) -> dict[str, Any]:
    return {"project": environment.project, "environment": environment, "form": form}
