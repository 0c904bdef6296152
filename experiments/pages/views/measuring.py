"""What is saved from the forms that say what an experiment is measured by, and how it is judged."""

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from accounts.errors import Refusal
from accounts.pages import person, shown_again, signed_in
from experiments.metrics.plans import update_plan
from experiments.metrics.queries import plan_of, uses_etag, uses_of
from experiments.metrics.using import set_metrics
from experiments.models import Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.measuring_forms import PlanForm
from experiments.pages.views.finding import experiment_of, newest
from experiments.pages.views.saving import shown_or_saved
from experiments.pages.views.showing import TEMPLATE, detail, metrics_form

Save = Callable[[HttpRequest, Experiment], HttpResponse]


def _page(save: Save) -> Callable[..., HttpResponse]:
    @signed_in
    @shown_or_saved
    def saved_or_shown(request: HttpRequest, key: str) -> HttpResponse:
        experiment = experiment_of(request, key)
        if request.method == "POST":
            return save(request, experiment)
        return redirect(experiment_address(experiment))

    return saved_or_shown


def _save_metrics(request: HttpRequest, experiment: Experiment) -> HttpResponse:
    form = metrics_form(experiment, request.POST)
    try:
        form.require_valid()
        set_metrics(experiment, form.wanted(), by=person(request), if_match=form.read())
    except Refusal as refusal:
        standing = newest(experiment)
        form.take(refusal, newest=uses_etag(list(uses_of(standing))))
        return shown_again(request, TEMPLATE, detail(request, standing, metrics_form=form), refusal)
    messages.success(request, f"Saved what {experiment.key} is measured by.")
    return redirect(experiment_address(experiment) + "#metrics")


def _save_plan(request: HttpRequest, experiment: Experiment) -> HttpResponse:
    form = PlanForm(plan_of(experiment), given=request.POST)
    try:
        form.require_valid()
        update_plan(experiment, by=person(request), if_match=form.read(), **form.fields_given())
    except Refusal as refusal:
        standing = newest(experiment)
        form.take(refusal, newest=f'"{plan_of(standing).version}"')
        return shown_again(request, TEMPLATE, detail(request, standing, plan_form=form), refusal)
    messages.success(request, f"Saved how {experiment.key} is judged.")
    return redirect(experiment_address(experiment) + "#plan")


experiment_metrics = _page(_save_metrics)
experiment_plan = _page(_save_plan)
