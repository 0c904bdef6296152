"""What the question on an experiment's page answers: why somebody is in which variant, or in none."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.errors import Refusal
from accounts.pages import shown_again, signed_in
from experiments.explaining import explain_experiment
from experiments.models import Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.views.finding import experiment_of
from experiments.pages.views.saving import shown_or_saved
from experiments.pages.views.showing import TEMPLATE, detail
from flags.condition_wording import value_words
from flags.trace_wording import Why, step_lines
from flags.why_form import WhyForm


@signed_in
@shown_or_saved
def experiment_why(request: HttpRequest, key: str) -> HttpResponse:
    experiment = experiment_of(request, key)
    if request.method != "POST":
        return redirect(experiment_address(experiment))
    form = WhyForm(request.POST)
    try:
        form.require_valid()
        answer = _why(experiment, explain_experiment(experiment, form.asked()))
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, TEMPLATE, detail(request, experiment, why_form=form), refusal)
    return render(request, TEMPLATE, detail(request, experiment, why_form=form, why=answer))


def _why(experiment: Experiment, explained: dict[str, Any]) -> Why:
    variant, steps = explained["variant"], explained["trace"]["steps"]
    if experiment.flag is None:
        steps = [step for step in steps if step["step"] == "experiment"]
    return Why(
        answer=f"{variant['key']} ({value_words(variant['payload'])})" if variant else "Not in the experiment.",
        detail=explained["sentence"],
        steps=step_lines(steps),
        flip="" if experiment.is_running else "It does not run now: this is what would be if it ran.",
    )
