"""The pages that say which flags and experiments are used, which flags are not any more, and which do not exist."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django import forms
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts import policy
from accounts.forms import ListFilter
from accounts.models import Environment, Project
from accounts.pages import person, project_of, signed_in
from accounts.policy import Action
from evaluation.models import UnknownFlag
from evaluation.usage_queries import (
    evaluations,
    last_seen,
    unknown_flags,
    unused,
    usage_of_experiment,
    variants_of,
    with_last_seen,
)
from experiments.pages.views.finding import experiment_of
from flags.queries import list_flags

PAGE_SIZE = 25
UNKNOWN = 20  # names on the page; the API has the rest
DAY = timedelta(days=1)


class UsageForm(ListFilter):
    """Which flags the page shows."""

    hides_nothing = frozenset({"environment"})
    search = forms.CharField(required=False, widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}))
    environment = forms.ChoiceField(required=False)
    unused_for = forms.ChoiceField(
        required=False,
        label="Unused for",
        choices=[("", "Any time"), *((f"{n}", f"{n} days or more") for n in (7, 30, 90))],
    )

    def __init__(self, given: Mapping[str, Any], environments: Sequence[Environment]) -> None:
        super().__init__(given)
        named = ((environment.key, environment.name) for environment in environments)
        self.fields["environment"].choices = [("", "All"), *named]  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Line:
    """A flag of the list: when it was last evaluated in each environment that is shown, and how often in a day."""

    flag: Any
    seen: Sequence[tuple[Environment, datetime | None]]
    evaluations: int


@signed_in
@require_safe
def usage(request: HttpRequest) -> HttpResponse:
    project = project_of(request)
    policy.require(person(request), Action.READ, project=project)
    environments = list(project.environments.all())
    filters = UsageForm(request.GET, environments)
    chosen = filters.chosen()
    shown = [e for e in environments if chosen.get("environment", e.key) == e.key]
    now = timezone.now()
    found = with_last_seen(list_flags(project, search=chosen.get("search", "")), shown)
    if days := chosen.get("unused_for"):
        found = unused(found, since=now - int(days) * DAY)
    page = Paginator(found, PAGE_SIZE).get_page(request.GET.get("page"))
    context = {
        "project": project,
        "projects": Project.objects.all(),
        "environments": shown,
        "filters": filters,
        "page": page,
        "lines": _lines(list(page.object_list), shown, now),
        "unknown": _unknown(project, shown),
    }
    return render(request, "evaluation/usage.html", context)


@signed_in
@require_safe
def experiment_usage(request: HttpRequest, key: str) -> HttpResponse:
    """How often each variant of an experiment was given; a part of the experiment's page as well."""
    experiment = experiment_of(request, key)
    policy.require(person(request), Action.READ, project=experiment.environment.project)
    now = timezone.now()
    slots = usage_of_experiment(experiment, since=now - DAY, until=now, granularity="hour")
    variants = variants_of(slots)
    context = {"experiment": experiment, "variants": variants, "total": sum(each["count"] for each in variants)}
    return render(request, "evaluation/experiment_usage.html", {**context, "project": experiment.environment.project})


def _lines(flags: Sequence[Any], environments: Sequence[Environment], now: datetime) -> list[Line]:
    keys = [flag.key for flag in flags]
    seen, counts = last_seen(keys, environments), evaluations(keys, environments, since=now - DAY)
    return [
        Line(flag, [(e, seen.get(flag.key, {}).get(e.key)) for e in environments], counts.get(flag.key, 0))
        for flag in flags
    ]


def _unknown(project: Project, environments: Sequence[Environment]) -> list[tuple[UnknownFlag, Environment]]:
    named = {environment.pk: environment for environment in environments}
    return [(row, named[row.environment_id]) for row in unknown_flags(project, environments)[:UNKNOWN]]
