"""What is saved from the targeting of a flag's page: all of it, one more rule, or the rules in another order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.errors import Refusal
from accounts.models import Environment
from accounts.pages import person, project_of, shown_again, signed_in
from accounts.queries import find_environment
from flags import services
from flags.addresses import flag_address
from flags.forms import ConfigForm
from flags.models import Flag, FlagConfig
from flags.prerequisite_rows import prerequisites_from
from flags.queries import find_flag
from flags.rule_form import RuleForm
from flags.rule_order import OrderForm
from flags.targeting_form import TargetingForm
from flags.views.editing import shown_or_saved
from flags.views.showing import TEMPLATE, config_of, detail

Read = Callable[[HttpRequest, Any, FlagConfig], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Part:
    """A form of the card: its name on the page, and how what was typed becomes the arguments of the service."""

    name: str
    form: Callable[..., ConfigForm]
    read: Read
    done: str


def _whole(request: HttpRequest, form: TargetingForm, _: FlagConfig) -> dict[str, Any]:
    return {**form.config_given(), "prerequisites": prerequisites_from(request.POST).typed()}


def _one_more(_: HttpRequest, form: RuleForm, config: FlagConfig) -> dict[str, Any]:
    return {"rules": [*config.rules, form.rule()]}


def _reordered(_: HttpRequest, form: OrderForm, config: FlagConfig) -> dict[str, Any]:
    return {"rules": form.ordered(config.rules)}


def _order_form(flag: Flag, environment: Environment, config: FlagConfig, *, given: Any) -> OrderForm:
    return OrderForm(environment, version=services.etag(flag, config), given=given)


WHOLE = Part("targeting", TargetingForm, _whole, "Saved whom {key} is for in {environment}.")
RULE = Part("new_rule", RuleForm, _one_more, "Added a rule to {key} in {environment}: it is asked last.")
ORDER = Part("order", _order_form, _reordered, "Saved the rules of {key} in {environment}.")


def _page(part: Part) -> Callable[..., HttpResponse]:
    @signed_in
    @shown_or_saved
    def save(request: HttpRequest, key: str) -> HttpResponse:
        flag = find_flag(project_of(request), key)
        environment = find_environment(flag.project, request.GET.get("environment", ""))
        if request.method == "POST":
            return _save(request, part, flag, environment)
        return redirect(flag_address(flag, environment=environment.key))

    return save


def _save(request: HttpRequest, part: Part, flag: Flag, environment: Environment) -> HttpResponse:
    config = config_of(flag, environment)
    form = part.form(flag, environment, config, given=request.POST)
    read = services.etag(flag, config)
    try:
        form.require_valid()
        given = part.read(request, form, config)
        services.update_config(flag, environment, by=person(request), if_match=form.read() or read, **given)
    except Refusal as refusal:
        return _again(request, part, form, refusal, find_flag(flag.project, str(flag.pk)), environment)
    messages.success(request, part.done.format(key=flag.key, environment=environment.name))
    return redirect(f"{flag_address(flag, environment=environment.key)}#targeting")


def _again(
    request: HttpRequest, part: Part, form: ConfigForm, refusal: Refusal, flag: Flag, environment: Environment
) -> HttpResponse:
    form.take(refusal, newest=services.etag(flag, config_of(flag, environment)))
    typed: dict[str, Any] = {part.name: form}
    if part is WHOLE:
        typed["prerequisites"] = prerequisites_from(request.POST).refused(refusal.fields)
    return shown_again(request, TEMPLATE, detail(request, flag, **typed), refusal)


flag_targeting = _page(WHOLE)
flag_rule_new = _page(RULE)
flag_rule_order = _page(ORDER)
