"""The pages of metrics: listed, made, shown, changed, and planned with."""

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_http_methods, require_safe

from accounts import policy
from accounts.errors import Forbidden, Refusal
from accounts.models import Project
from accounts.pages import person, project_of, shown_again, signed_in
from accounts.policy import Action
from audit.queries import recent
from audit.wording import told
from experiments.holding import etag
from experiments.metrics import services
from experiments.metrics.planning import SampleSize, sample_size
from experiments.metrics.queries import find_metric, list_metrics, uses_in_experiments
from experiments.models import Metric
from experiments.pages.addresses import metric_address
from experiments.pages.condition_rows import OPERATORS
from experiments.pages.metric_forms import KINDS, FilterForm, MetricForm, NewMetricForm, SizeForm, carried, shown

LIST, NEW, DETAIL = "metrics/list.html", "metrics/new.html", "metrics/detail.html"
PAGE_SIZE, ENTRIES = 25, 5
_ARCHIVED = "This metric is archived and stays as it is. Restore it to edit it."
asked_and_done = require_http_methods(["GET", "HEAD", "POST"])


@signed_in
@require_safe
def metric_list(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    filters = FilterForm(request.GET)
    page = Paginator(list_metrics(project, **filters.arguments()), PAGE_SIZE).get_page(request.GET.get("page"))
    shared = {"project": project, "projects": Project.objects.all(), "may_not": may_not(request, project)}
    return render(request, LIST, {**shared, "filters": filters, "page": page, "kinds": KINDS})


@signed_in
@asked_and_done
def metric_new(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    policy.require(person(request), Action.CHANGE, project=project)
    if request.method == "POST":
        return _make(request, project)
    kind = request.GET.get("kind", "")
    first = {"window_hours": 168, "lookback_hours": 168, "delay_hours": 24, "owner": person(request).email}
    form = NewMetricForm(kind, initial={**first, **carried(request.GET)})
    return render(request, NEW, _forms(project, form))


@signed_in
@asked_and_done
def metric_detail(request: HttpRequest, key: str) -> HttpResponse:
    metric = find_metric(project_of(request), key)
    if request.method == "POST":
        return _save(request, metric)
    typed = carried(request.GET) if "kind" in request.GET else {}
    form = MetricForm(request.GET.get("kind", metric.kind), initial={**shown(metric), **typed})
    return render(request, DETAIL, detail(request, metric, form))


def detail(request: HttpRequest, metric: Metric, form: MetricForm) -> dict[str, Any]:
    """What the page of one metric shows."""
    size_form, size = _planned(request, metric)
    entries = recent(project=metric.project.key, subject="metric", key=metric.key)
    not_allowed = may_not(request, metric.project)
    return {
        **_forms(metric.project, form),
        "metric": metric,
        "version": etag(metric),
        "uses": list(uses_in_experiments(metric)),
        "may_not": not_allowed,
        "why_not": not_allowed or (_ARCHIVED if metric.archived_at else ""),
        "size_form": size_form,
        "size": size,
        "entries": told(entries[:ENTRIES]),
    }


def may_not(request: HttpRequest, project: Project) -> str:
    """Why this person may not change metrics here, nothing where they may."""
    try:
        policy.require(person(request), Action.CHANGE, project=project)
    except Forbidden as refusal:
        return refusal.message
    return ""


def _make(request: HttpRequest, project: Project) -> HttpResponse:
    form = NewMetricForm(request.POST.get("kind", ""), given=request.POST)
    try:
        form.require_valid()
        metric = services.create_metric(project, by=person(request), **form.fields_given())
    except Refusal as refusal:
        form.take(refusal)
        return shown_again(request, NEW, _forms(project, form), refusal)
    messages.success(request, f"{metric.key} was made. Add it to the experiments that it should measure.")
    return redirect(metric_address(metric))


def _save(request: HttpRequest, metric: Metric) -> HttpResponse:
    form = MetricForm(request.POST.get("kind", metric.kind), given=request.POST)
    try:
        form.require_valid()
        services.update_metric(metric, by=person(request), if_match=form.read(), **form.fields_given())
    except Refusal as refusal:
        newest = find_metric(metric.project, str(metric.pk))
        form.take(refusal, newest=etag(newest))
        return shown_again(request, DETAIL, detail(request, newest, form), refusal)
    messages.success(request, f"Saved {metric.key}.")
    return redirect(metric_address(metric))


def _forms(project: Project, form: MetricForm) -> dict[str, Any]:
    return {"project": project, "form": form, "kinds": KINDS, "operators": OPERATORS}


def _planned(request: HttpRequest, metric: Metric) -> tuple[SizeForm | None, SampleSize | None]:
    """The calculator as it was asked, with its answer; quantiles have none."""
    if metric.kind == Metric.Kind.QUANTILE:
        return None, None
    if "power" not in request.GET:
        return SizeForm(metric), None
    form = SizeForm(metric, given=request.GET)
    try:
        form.require_valid()
        return form, sample_size(form.fields_given())
    except Refusal as refusal:
        form.take(refusal)
        return form, None
