"""The page that removes an experiment: it asks before it does."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.pages import address, person, signed_in
from experiments.holding import etag
from experiments.pages.views.finding import experiment_of
from experiments.services import delete_experiment


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def experiment_delete(request: HttpRequest, key: str) -> HttpResponse:
    experiment = experiment_of(request, key)
    environment, project = experiment.environment, experiment.environment.project
    if request.method != "POST":
        policy.require_change(person(request), environment)
        asked = {"experiment": experiment, "version": etag(experiment)}
        return render(request, "experiments/delete.html", {"project": project, "environment": environment, **asked})
    delete_experiment(experiment, by=person(request), if_match=request.POST.get("version") or None)
    messages.success(request, f"{experiment.key} is deleted in {environment.name}.")
    return redirect(address("experiment-list", project=project.key))
