"""The page on which an experiment is concluded: it says what picking each winner would change."""

from typing import Any

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.errors import Refusal
from accounts.forms import VersionedForm
from accounts.pages import person, shown_again, signed_in
from experiments.holding import etag
from experiments.life_cycle import conclude
from experiments.models import Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.views.finding import experiment_of, newest
from experiments.pages.wording import outcome_words

TEMPLATE = "experiments/conclude.html"


class ConclusionForm(VersionedForm):
    """Which variant won."""

    winner = forms.ChoiceField(widget=forms.RadioSelect, error_messages={"required": "Choose the winner."})

    def __init__(self, experiment: Experiment, *, given: Any = None) -> None:
        super().__init__(given, initial={"version": etag(experiment)})
        choices = [(each.key, outcome_words(experiment, each.key)) for each in experiment.variants.all()]
        self.fields["winner"].choices = choices  # type: ignore[attr-defined]


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_conclude(request: HttpRequest, key: str) -> HttpResponse:
    experiment = experiment_of(request, key)
    policy.require_change(person(request), experiment.environment)
    if request.method != "POST":
        return render(request, TEMPLATE, _context(experiment, ConclusionForm(experiment)))
    form = ConclusionForm(experiment, given=request.POST)
    try:
        form.require_valid()
        conclude(experiment, form.cleaned_data["winner"], by=person(request), if_match=form.read())
    except Refusal as refusal:
        standing = newest(experiment)
        form.take(refusal, newest=etag(standing))
        return shown_again(request, TEMPLATE, _context(standing, form), refusal)
    messages.success(request, f"{experiment.key} is concluded: {experiment.winner} won.")
    return redirect(experiment_address(experiment))


def _context(experiment: Experiment, form: ConclusionForm) -> dict[str, Any]:
    environment = experiment.environment
    return {"project": environment.project, "environment": environment, "experiment": experiment, "form": form}
