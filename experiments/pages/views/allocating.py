"""What is saved from the allocations of an experiment's page: shown first where users would change their variant."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from accounts import policy
from accounts.errors import Refusal
from accounts.pages import person, signed_in
from experiments.allocations import preview_allocations, replace_allocations
from experiments.holding import etag
from experiments.models import Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.allocation_forms import RangesForm, SharesForm
from experiments.pages.range_rows import ranges_from, ranges_in
from experiments.pages.views.finding import experiment_of
from experiments.pages.views.saving import refused, shown_or_saved
from experiments.pages.views.showing import TEMPLATE, bar_for, detail
from experiments.pages.wording import effect_words, moves_words
from experiments.shares import even_shares

PREVIEW = "experiments/preview.html"


@signed_in
@shown_or_saved
def experiment_shares(request: HttpRequest, key: str) -> HttpResponse:
    """By percentages."""
    experiment = experiment_of(request, key)
    if request.method != "POST":
        return redirect(experiment_address(experiment))
    if "even" in request.POST:
        even = SharesForm(experiment, shares=even_shares([each.key for each in experiment.variants.all()]))
        return render(request, TEMPLATE, detail(request, experiment, shares_form=even, is_editing="shares"))
    form = SharesForm(experiment, given=request.POST)
    try:
        form.require_valid()
        return _save(request, experiment, form.allocations_given(), form.read())
    except Refusal as refusal:
        return refused(request, experiment, refusal, "shares_form", form)


@signed_in
@shown_or_saved
def experiment_ranges(request: HttpRequest, key: str) -> HttpResponse:
    """By exact ranges."""
    experiment, rows = experiment_of(request, key), ranges_from(request.POST)
    if request.method != "POST":
        return redirect(experiment_address(experiment))
    if "more" in request.POST:
        return render(request, TEMPLATE, detail(request, experiment, ranges=rows.more(), is_editing="ranges"))
    form = RangesForm(experiment, given=request.POST)
    try:
        form.require_valid()
        return _save(request, experiment, rows.typed(), form.read())
    except Refusal as refusal:
        return refused(request, experiment, refusal, "ranges_form", form, ranges=rows.refused(refusal.fields))


def _save(request: HttpRequest, experiment: Experiment, given: list[dict[str, Any]], read: str | None) -> HttpResponse:
    if experiment.started_at is not None and "confirmed" not in request.POST:
        return _preview(request, experiment, given, read)
    effect = replace_allocations(experiment, given, by=person(request), if_match=read)
    messages.success(request, f"Saved the allocations of {experiment.key}: {effect_words(effect)}.")
    return redirect(f"{experiment_address(experiment)}#allocations")


def _preview(
    request: HttpRequest, experiment: Experiment, given: list[dict[str, Any]], read: str | None
) -> HttpResponse:
    """What would change, and the button that does it."""
    policy.require_change(person(request), experiment.environment)
    effect = preview_allocations(experiment, given)
    context = {
        "project": experiment.environment.project,
        "environment": experiment.environment,
        "experiment": experiment,
        "version": read or etag(experiment),
        "told": effect_words(effect),
        "moves": moves_words(effect),
        "before": bar_for(experiment),
        "after": bar_for(experiment, given),
        "ranges": ranges_in(given),
    }
    return render(request, PREVIEW, context)
