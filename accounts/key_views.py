"""The pages of API keys: listed by environment, issued, changed, rotated and revoked."""

from datetime import datetime
from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.api_keys import etag, issue_key, revoke_key, rotate_key, update_key
from accounts.errors import Refusal
from accounts.key_forms import KeyForm, NewKeyForm, RotationForm
from accounts.models import ApiKey, Environment, Project
from accounts.pages import address, chosen, person, project_of, shown_again, signed_in
from accounts.policy import Action
from accounts.queries import find_environment, find_key, list_keys

LIST, FORM, ISSUED, ROTATE, REVOKE = (f"keys/{name}.html" for name in ("list", "form", "issued", "rotate", "revoke"))
PAGE_SIZE = 25
asked_and_done = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@require_safe
def key_list(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    environments = list(project.environments.all())
    environment = chosen(request, project, environments)
    keys = list_keys(project, by=person(request), environment=environment)
    page = Paginator(keys, PAGE_SIZE).get_page(request.GET.get("page"))
    now = timezone.now()
    context = {
        "project": project,
        "projects": Project.objects.all(),
        "environments": environments,
        "environment": environment,
        "page": page,
        "lines": [(key, state_of(key, now)) for key in page],
    }
    return render(request, LIST, context)


@signed_in
@asked_and_done
def key_new(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    policy.require(person(request), Action.MANAGE_ENVIRONMENTS, project=project)
    environment = find_environment(project, request.GET.get("environment", ""))
    if request.method != "POST":
        return render(request, FORM, {**_place(environment), "form": NewKeyForm()})
    form = NewKeyForm(given=request.POST)
    try:
        form.require_valid()
        key, text = issue_key(environment, by=person(request), **form.fields_given())
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, FORM, {**_place(environment), "form": form}, refusal)
    return render(request, ISSUED, {**_place(environment), "key": key, "text": text})


@signed_in
@asked_and_done
def key_detail(request: HttpRequest, key: str) -> HttpResponse:
    found = find_key(key, by=person(request))
    if request.method == "POST":
        return _save(request, found)
    return render(request, FORM, _about(found, KeyForm(found)))


@signed_in
@asked_and_done
def key_rotate(request: HttpRequest, key: str) -> HttpResponse:
    found = find_key(key, by=person(request))
    form = RotationForm(request.POST if request.method == "POST" else None)
    if request.method != "POST":
        return render(request, ROTATE, _about(found, form))
    try:
        form.require_valid()
        made, text = rotate_key(found, by=person(request), now=timezone.now(), **form.cleaned_data)
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, ROTATE, _about(found, form), refusal)
    return render(request, ISSUED, {**_place(made.environment), "key": made, "text": text, "old": found})


@signed_in
@asked_and_done
def key_revoke(request: HttpRequest, key: str) -> HttpResponse:
    found = find_key(key, by=person(request))
    if request.method != "POST":
        return render(request, REVOKE, _about(found, None))
    revoke_key(found, by=person(request), now=timezone.now())
    messages.success(request, f"{found.name} ({found}) is revoked.")
    return redirect(_list_address(found.environment))


def state_of(key: ApiKey, now: datetime) -> str:
    """In use, expired or revoked."""
    if key.is_usable(now):
        return "in use"
    return "revoked" if key.revoked_at else "expired"


def _save(request: HttpRequest, key: ApiKey) -> HttpResponse:
    form = KeyForm(key, given=request.POST)
    try:
        form.require_valid()
        update_key(key, by=person(request), now=timezone.now(), if_match=form.read(), **form.fields_given())
    except Refusal as refusal:
        newest = find_key(str(key.pk), by=person(request))
        form.take(refusal, newest=etag(newest))
        return shown_again(request, FORM, _about(newest, form), refusal)
    messages.success(request, f"Saved {key.name}.")
    return redirect(_list_address(key.environment))


def _about(key: ApiKey, form: Any) -> dict[str, Any]:
    """What the pages of one key show."""
    return {**_place(key.environment), "key": key, "state": state_of(key, timezone.now()), "form": form}


def _place(environment: Environment) -> dict[str, Any]:
    return {"project": environment.project, "environment": environment}


def _list_address(environment: Environment) -> str:
    return address("key-list", project=environment.project.key, environment=environment.key)
