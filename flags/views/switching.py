"""What a switch does: it turns a flag on or off in one environment, and asks first where that is protected."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods
from django_htmx.middleware import HtmxDetails

from accounts import policy
from accounts.errors import Invalid
from accounts.models import Environment
from accounts.pages import next_page, person, project_of, signed_in
from accounts.queries import find_environment
from flags import services
from flags.abilities import abilities
from flags.addresses import flag_address
from flags.board import lines
from flags.models import Flag
from flags.queries import find_flag, settings_of
from flags.wording import sentence


class NoDirection(Invalid):
    """The switch was not told where to go."""

    code = "no_direction"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def flag_switch(request: HttpRequest, key: str) -> HttpResponse:
    flag = find_flag(project_of(request), key)
    given = request.POST if request.method == "POST" else request.GET
    environment = find_environment(flag.project, given.get("environment", ""))
    to = _direction(given)
    if request.method != "POST":
        return _ask(request, flag, environment, to)
    if environment.is_protected and "confirmed" not in given:
        query = {"environment": environment.key, "to": to, "next": next_page(request)}
        return redirect(flag_address(flag, "flag-switch", **query))
    services.update_config(flag, environment, by=person(request), is_enabled=to == "on")
    said = f"{flag.key} is now {to} in {environment.name}."
    if HtmxDetails(request):
        return _line(request, flag, said)
    messages.success(request, said)
    return redirect(next_page(request))


def _direction(given: QueryDict) -> str:
    to = given.get("to", "")
    if to not in ("on", "off"):
        raise NoDirection("Say whether the flag is to be turned on or off: to=on or to=off.")
    return to


def _ask(request: HttpRequest, flag: Flag, environment: Environment, to: str) -> HttpResponse:
    policy.require_change(person(request), environment)
    now = sentence(flag, settings_of([flag], [environment])[flag.pk][environment.key])
    asked = {"environment": environment, "to": to, "now": now, "next": next_page(request)}
    return render(request, "flags/switch.html", {"project": flag.project, "flag": flag, **asked})


def _line(request: HttpRequest, flag: Flag, said: str) -> HttpResponse:
    """The flag's row as it is now, and what to say about it."""
    environments = list(flag.project.environments.all())
    can = abilities(person(request), flag.project, environments)
    [line] = lines([flag], environments, can)
    return render(request, "flags/_switched.html", {"project": flag.project, "line": line, "can": can, "said": said})
