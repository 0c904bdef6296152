"""What the pages of every room share: who looks, at which project, and how a refused form is shown again."""

from collections.abc import Callable, Mapping, Sequence
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.views import redirect_to_login
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.cache import add_never_cache_headers
from django.utils.http import url_has_allowed_host_and_scheme
from django_htmx.http import HttpResponseClientRedirect
from django_htmx.middleware import HtmxDetails

from accounts.errors import Refusal
from accounts.models import Environment, Project, User
from accounts.queries import DEFAULT_PROJECT, find_environment, find_project

View = Callable[..., HttpResponse]


def signed_in(view: View) -> View:
    """A page for people who signed in; others sign in first and then come back to it. No cache keeps it."""

    @wraps(view)
    def asked(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if not request.user.is_authenticated:
            return _to_sign_in(request)
        response = view(request, *args, **kwargs)
        add_never_cache_headers(response)
        return response

    return asked


def person(request: HttpRequest) -> User:
    """Who looks at a page for people who signed in."""
    assert isinstance(request.user, User)
    return request.user


def project_of(request: HttpRequest) -> Project:
    """The project that the address names, else `default`. Raises ProjectNotFound."""
    return find_project(request.GET.get("project"))


def chosen(request: HttpRequest, project: Project, environments: Sequence[Environment]) -> Environment | None:
    """The environment that the address names, else the first, if any. Raises EnvironmentNotFound."""
    named = request.GET.get("environment")
    return find_environment(project, named) if named else next(iter(environments), None)


def address(name: str, *args: str, project: str = DEFAULT_PROJECT, **query: Any) -> str:
    """The address of a page within the project of this key; query parameters without a value are left out."""
    if project != DEFAULT_PROJECT:
        query["project"] = project
    given = {key: value for key, value in query.items() if value not in (None, "")}
    return reverse(name, args=args) + (f"?{urlencode(given)}" if given else "")


def next_page(request: HttpRequest) -> str:
    """Where the request asks to go afterwards, when that is a page of ours; else the flag list."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    ours = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if ours else reverse("flag-list")


def shown_again(request: HttpRequest, template: str, context: Mapping[str, Any], refusal: Refusal) -> HttpResponse:
    """A page with what was typed and why it was refused; at the edge it gets the refusal's status."""
    response = render(request, template, context)
    response.refusal = refusal  # type: ignore[attr-defined]
    return response


def _to_sign_in(request: HttpRequest) -> HttpResponse:
    htmx = HtmxDetails(request)
    if htmx:
        return HttpResponseClientRedirect(address("sign-in", next=htmx.current_url_abs_path))
    return redirect_to_login(request.get_full_path() if request.method == "GET" else reverse("flag-list"))
