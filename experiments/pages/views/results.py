"""The page of an experiment's results, the wish for newer ones, and how far they are."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST, require_safe
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails

from accounts.errors import Refusal
from accounts.pages import person, shown_again, signed_in
from experiments.models import AnalysisJob, Experiment
from experiments.pages.addresses import experiment_address
from experiments.pages.results.method_words import method_facts, method_sentence
from experiments.pages.results.metric_rows import metric_tables
from experiments.pages.results.unit_rows import balance_words, dimensions, set_aside_words, unit_rows
from experiments.pages.views.finding import experiment_of
from experiments.results.figures import likely
from experiments.results.jobs import ask_for_report, latest_job
from experiments.results.queries import newest_report

TEMPLATE = "experiments/results.html"
_OPEN = (AnalysisJob.Status.WAITING, AnalysisJob.Status.RUNNING)


@signed_in
@require_safe
def experiment_results(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, TEMPLATE, shown(experiment_of(request, key)))


@signed_in
@require_POST
def experiment_results_refresh(request: HttpRequest, key: str) -> HttpResponse:
    experiment = experiment_of(request, key)
    try:
        ask_for_report(experiment, by=person(request), now=timezone.now())
    except Refusal as refusal:
        return shown_again(request, TEMPLATE, {**shown(experiment), "refused": refusal.message}, refusal)
    messages.success(request, "New results are asked for. They appear here when they are computed.")
    return redirect(experiment_address(experiment, "experiment-results"))


@signed_in
@require_safe
def experiment_results_progress(request: HttpRequest, key: str) -> HttpResponse:
    """A fragment that asks again while a job is open, and loads the page anew once it is not."""
    experiment = experiment_of(request, key)
    job = latest_job(experiment)
    if not HtmxDetails(request):
        return redirect(experiment_address(experiment, "experiment-results"))
    if job is None or job.status not in _OPEN:
        return HttpResponseClientRefresh()
    return render(request, "experiments/_results_progress.html", {"experiment": experiment, "job": job})


def shown(experiment: Experiment) -> dict[str, Any]:
    """What the page shows of the newest report, and of the job that makes the next one."""
    report, job = newest_report(experiment), latest_job(experiment)
    return {
        "project": experiment.environment.project,
        "environment": experiment.environment,
        "experiment": experiment,
        "report": report,
        "open_job": job if job and job.status in _OPEN else None,
        "failed_job": job if job and job.status == AnalysisJob.Status.FAILED else None,
        "has_metrics": experiment.metrics.exists(),
        "can_conclude": experiment.started_at is not None and experiment.status != Experiment.Status.ARCHIVED,
        **(_told(report.document) if report else {}),
    }


def _told(document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "verdict": document["verdict"],
        "warnings": document["warnings"],
        "units": unit_rows(document),
        "set_aside": set_aside_words(document),
        "balance": balance_words(document),
        "is_off": document["balance"]["mismatched"],
        "tables": metric_tables(document),
        "is_bayesian": document["method"] == "bayesian",
        "dimensions": dimensions(document),
        "advice": _advice(document),
        "method": method_sentence(document),
        "facts": method_facts(document),
        "begun_at": datetime.fromisoformat(document["begun_at"]),
        "ended_at": document["ended_at"] and datetime.fromisoformat(document["ended_at"]),
    }


def _advice(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    names = {each["key"]: each["name"] or each["key"] for each in document["experiment"]["variants"]}
    shares = (document["advice"] or {}).get("shares", {})
    return [(names.get(key, key), likely(share)) for key, share in shares.items()]
