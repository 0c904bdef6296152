"""The page on which an experiment is made."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.errors import Refusal
from accounts.models import Environment, Project
from accounts.pages import person, project_of, shown_again, signed_in
from accounts.policy import Action
from experiments.drafting import create_draft
from experiments.models import Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.forms import NewExperimentForm
from experiments.shares import allocations_by
from flags.queries import find_flag

TEMPLATE = "experiments/new.html"
VARIANTS = ("control", "treatment")


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_new(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    policy.require(person(request), Action.CHANGE, project=project)
    environments = [each for each in project.environments.all() if policy.may_change(person(request), each)]
    if request.method == "POST":
        return _make(request, project, NewExperimentForm(environments, given=request.POST))
    form = NewExperimentForm(environments, initial=_initial(request, project, environments))
    return render(request, TEMPLATE, {"project": project, "form": form})


def _make(request: HttpRequest, project: Project, form: NewExperimentForm) -> HttpResponse:
    try:
        form.require_valid()
        experiment = _create(request, form)
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, TEMPLATE, {"project": project, "form": form}, refusal)
    messages.success(request, f"{experiment.key} was made. Nobody takes part until you start it.")
    return redirect(experiment_address(experiment))


def _create(request: HttpRequest, form: NewExperimentForm) -> Experiment:
    environment = form.environment_given()
    return create_draft(
        environment,
        by=person(request),
        variants=form.variants_given(),
        allocations=allocations_by(Experiment(environment=environment), form.shares_given()),
        **form.fields_given(),
    )


def _initial(request: HttpRequest, project: Project, environments: list[Environment]) -> dict[str, Any]:
    """What the form shows before anybody typed."""
    flag = request.GET.get("flag", "")
    first = next((each.key for each in environments if not each.is_protected), "")
    return {
        "environment": request.GET.get("environment") or first,
        "flag": flag,
        "variants": ", ".join(_variants_of(project, flag) if flag else VARIANTS),
        "owner": person(request).email,
    }


def _variants_of(project: Project, flag: str) -> list[str]:
    return [variant["key"] for variant in find_flag(project, flag).variants]
