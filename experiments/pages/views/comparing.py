"""What is saved from the variants of an experiment's page."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts.errors import Refusal
from accounts.pages import person, signed_in
from experiments.models import Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.forms import VariantsForm
from experiments.pages.variant_rows import rows_from
from experiments.pages.views.finding import experiment_of
from experiments.pages.views.saving import refused, shown_or_saved
from experiments.pages.views.showing import TEMPLATE, detail
from experiments.variants import change_variants


@signed_in
@shown_or_saved
def experiment_variants(request: HttpRequest, key: str) -> HttpResponse:
    experiment = experiment_of(request, key)
    if request.method != "POST":
        return redirect(experiment_address(experiment))
    if "more" in request.POST:
        rows = rows_from(request.POST).more()
        return render(request, TEMPLATE, detail(request, experiment, variants=rows, is_editing="variants"))
    return _save(request, experiment)


def _save(request: HttpRequest, experiment: Experiment) -> HttpResponse:
    form, rows = VariantsForm(experiment, given=request.POST), rows_from(request.POST)
    try:
        form.require_valid()
        change_variants(experiment, by=person(request), if_match=form.read(), **rows.typed())
    except Refusal as refusal:
        typed = rows.refused(refusal.fields)
        return refused(request, experiment, refusal, "variants_form", form, variants=typed)
    messages.success(request, f"Saved the variants of {experiment.key}.")
    return redirect(f"{experiment_address(experiment)}#variants")
