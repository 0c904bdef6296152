"""What is saved from the forms of an experiment's page that change the experiment itself."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_http_methods

from accounts.errors import Refusal
from accounts.pages import person, shown_again, signed_in
from experiments.holding import etag
from experiments.models import Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.forms import DefinitionForm
from experiments.pages.participation_forms import ExperimentOrderForm, ExperimentRuleForm, ParticipationForm
from experiments.pages.views.finding import experiment_of, newest
from experiments.pages.views.showing import TEMPLATE, detail
from experiments.services import update_experiment

# Who reloads a refused form, or comes back to it, is sent to the experiment.
shown_or_saved = require_http_methods(["GET", "HEAD", "POST"])


@dataclass(frozen=True, slots=True)
class Part:
    """A form of the page: its name there, what is said when it was saved, and where to look then.

    What the form makes of what was typed, `fields_given()`, are the arguments of the service.
    """

    name: str
    form: Callable[..., Any]
    done: str
    anchor: str = ""


DEFINITION = Part("definition", DefinitionForm, "Saved what {key} is.")
PARTICIPATION = Part("participation", ParticipationForm, "Saved who takes part in {key}.", "#participation")
RULE = Part("new_rule", ExperimentRuleForm, "Added a rule to {key}.", "#participation")
ORDER = Part("order", ExperimentOrderForm, "Saved the rules of {key}.", "#participation")


def _page(part: Part) -> Callable[..., HttpResponse]:
    @signed_in
    @shown_or_saved
    def save(request: HttpRequest, key: str) -> HttpResponse:
        experiment = experiment_of(request, key)
        if request.method == "POST":
            return _save(request, part, experiment)
        return redirect(experiment_address(experiment))

    return save


def _save(request: HttpRequest, part: Part, experiment: Experiment) -> HttpResponse:
    form = part.form(experiment, given=request.POST)
    read = etag(experiment)
    try:
        form.require_valid()
        update_experiment(experiment, by=person(request), if_match=form.read() or read, **form.fields_given())
    except Refusal as refusal:
        return refused(request, experiment, refusal, part.name, form)
    messages.success(request, part.done.format(key=experiment.key))
    return redirect(experiment_address(experiment) + part.anchor)


def refused(
    request: HttpRequest, experiment: Experiment, refusal: Refusal, name: str, form: Any, **typed: Any
) -> HttpResponse:
    """The page again, with what was typed into this form and why it was refused."""
    standing = newest(experiment)
    form.take(refusal, newest=etag(standing))
    return shown_again(request, TEMPLATE, detail(request, standing, **{name: form}, **typed), refusal)


experiment_definition = _page(DEFINITION)
experiment_participation = _page(PARTICIPATION)
experiment_rule_new = _page(RULE)
experiment_rule_order = _page(ORDER)
