"""The pages that take a metric off the lists, put it back, and remove it."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods

from accounts import policy
from accounts.errors import Refusal
from accounts.pages import address, person, project_of, shown_again, signed_in
from accounts.policy import Action
from experiments.metrics import services
from experiments.metrics.queries import find_metric, uses_in_experiments
from experiments.models import Metric
from experiments.pages.addresses import metric_address

DELETE = "metrics/delete.html"
asked_and_done = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@asked_and_done
def metric_archive(request: HttpRequest, key: str) -> HttpResponse:
    """Archive it, or restore it where it is archived; who reloads is sent to the metric."""
    metric = find_metric(project_of(request), key)
    if request.method == "POST":
        move = services.restore_metric if request.POST.get("to") == "restored" else services.archive_metric
        move(metric, by=person(request), if_match=request.POST.get("version") or None)
        messages.success(request, f"{metric.key} is {'archived' if metric.archived_at else 'in use again'}.")
    return redirect(metric_address(metric))


@signed_in
@asked_and_done
def metric_delete(request: HttpRequest, key: str) -> HttpResponse:
    metric = find_metric(project_of(request), key)
    policy.require(person(request), Action.CHANGE, project=metric.project)
    if request.method != "POST":
        return render(request, DELETE, _asked(metric))
    try:
        services.delete_metric(metric, by=person(request))
    except Refusal as refusal:
        return shown_again(request, DELETE, _asked(metric), refusal)
    messages.success(request, f"{metric.key} is deleted.")
    return redirect(address("metric-list", project=metric.project.key))


def _asked(metric: Metric) -> dict[str, object]:
    return {"project": metric.project, "metric": metric, "uses": list(uses_in_experiments(metric))}
