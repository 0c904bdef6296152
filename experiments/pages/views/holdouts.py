"""The pages of holdouts: listed, made, changed and ended."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.errors import Refusal
from accounts.models import Project
from accounts.pages import address, person, project_of, shown_again, signed_in
from audit.queries import recent
from audit.wording import told
from experiments import holdouts
from experiments.documents import held_out
from experiments.holding import etag
from experiments.models import Experiment, Holdout
from experiments.pages.addresses import holdout_address
from experiments.pages.bars import Bar, bar_of
from experiments.pages.group_forms import HoldoutForm
from experiments.queries import find_holdout, list_experiments, list_holdouts
from flags.abilities import abilities

LIST, FORM, DELETE = "holdouts/list.html", "holdouts/form.html", "holdouts/delete.html"
ENTRIES = 5
asked_and_done = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@require_safe
def holdout_list(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    lines = [(holdout, bar_for(holdout)) for holdout in list_holdouts(project)]
    place = _place(request, project)
    return render(request, LIST, {**place, "projects": Project.objects.all(), "lines": lines})


@signed_in
@asked_and_done
def holdout_new(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    for environment in project.environments.select_related("project"):
        policy.require_change(person(request), environment)
    place = _place(request, project)
    if request.method != "POST":
        return render(request, FORM, {**place, "form": HoldoutForm(running=place["running"])})
    form = HoldoutForm(running=place["running"], given=request.POST)
    try:
        form.require_valid()
        holdout = holdouts.create_holdout(project, by=person(request), **form.fields_given())
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, FORM, {**place, "form": form}, refusal)
    messages.success(request, f"{holdout.key} was made: its users take part in no experiment.")
    return redirect(holdout_address(holdout))


@signed_in
@asked_and_done
def holdout_detail(request: HttpRequest, key: str) -> HttpResponse:
    holdout = find_holdout(project_of(request), key)
    if request.method == "POST":
        return _save(request, holdout)
    return render(request, FORM, _about(request, holdout))


@signed_in
@asked_and_done
def holdout_delete(request: HttpRequest, key: str) -> HttpResponse:
    holdout = find_holdout(project_of(request), key)
    if request.method != "POST":
        return render(request, DELETE, _about(request, holdout))
    holdouts.delete_holdout(holdout, by=person(request))
    messages.success(request, f"{holdout.key} is deleted: its users may take part in experiments again.")
    return redirect(address("holdout-list", project=holdout.project.key))


def bar_for(holdout: Holdout) -> Bar:
    return bar_of([("held out", held_out(holdout))], nobody="may take part")


def _save(request: HttpRequest, holdout: Holdout) -> HttpResponse:
    form = HoldoutForm(holdout, running=_running(holdout.project), given=request.POST)
    try:
        form.require_valid()
        holdouts.update_holdout(holdout, by=person(request), if_match=form.read(), **form.fields_given())
    except Refusal as refusal:
        newest = find_holdout(holdout.project, str(holdout.pk))
        form.take(refusal, newest=etag(newest))
        return shown_again(request, FORM, _about(request, newest, form), refusal)
    messages.success(request, f"Saved {holdout.key}.")
    return redirect(holdout_address(holdout))


def _about(request: HttpRequest, holdout: Holdout, form: HoldoutForm | None = None) -> dict[str, Any]:
    """What the pages of one holdout show."""
    place = _place(request, holdout.project)
    entries = recent(project=holdout.project.key, subject="holdout", key=holdout.key)
    return {
        **place,
        "holdout": holdout,
        "form": form or HoldoutForm(holdout, running=place["running"]),
        "bar": bar_for(holdout),
        "entries": told(entries[:ENTRIES]),
    }


def _place(request: HttpRequest, project: Project) -> dict[str, Any]:
    """A holdout is for every environment, so that changing it takes the right to change each of them."""
    can = abilities(person(request), project, list(project.environments.all()))
    return {"project": project, "running": _running(project), "why_not": next(iter(can.reasons), "")}


def _running(project: Project) -> int:
    return list_experiments(project, status=Experiment.Status.RUNNING).count()
