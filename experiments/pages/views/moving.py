"""What the buttons of an experiment's life cycle do; what cannot be taken back, or what users see, is asked first."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.errors import Refusal
from accounts.pages import person, shown_again, signed_in
from experiments.holding import etag
from experiments.life_cycle import move
from experiments.models import Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.views.finding import experiment_of, newest
from experiments.pages.views.showing import TEMPLATE, detail
from experiments.pages.wording import DONE, steps_of

QUESTION = "experiments/move.html"


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_move(request: HttpRequest, key: str) -> HttpResponse:
    experiment = experiment_of(request, key)
    given = request.POST if request.method == "POST" else request.GET
    status = given.get("to", "")
    if request.method != "POST":
        return _ask(request, experiment, status)
    if _is_asked(experiment, status) and "confirmed" not in given:
        return redirect(experiment_address(experiment, "experiment-move", to=status))
    try:
        move(experiment, status, by=person(request), if_match=given.get("version") or None)
    except Refusal as refusal:
        standing = newest(experiment)
        return shown_again(request, TEMPLATE, detail(request, standing, not_moved=refusal.message), refusal)
    messages.success(request, DONE[status].format(key=experiment.key, environment=experiment.environment.name))
    return redirect(experiment_address(experiment))


def _ask(request: HttpRequest, experiment: Experiment, status: str) -> HttpResponse:
    policy.require_change(person(request), experiment.environment)
    step = next((step for step in steps_of(experiment) if step.status == status), None)
    if step is None or step.missing:
        return redirect(experiment_address(experiment))
    place = {"project": experiment.environment.project, "environment": experiment.environment}
    asked = {"experiment": experiment, "step": step, "version": etag(experiment)}
    return render(request, QUESTION, {**place, **asked})


def _is_asked(experiment: Experiment, status: str) -> bool:
    """Whether the move cannot be taken back, or is one that users of a protected environment see."""
    is_possible = any(step.status == status and not step.missing for step in steps_of(experiment))
    return is_possible and (experiment.environment.is_protected or status == Experiment.Status.ARCHIVED)
