"""The page of one experiment: how it stands, what it compares, who takes part, and its history."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from accounts.pages import person, signed_in
from accounts.queries import DEFAULT_PROJECT
from audit.queries import recent
from audit.wording import told
from experiments.holding import etag
from experiments.metrics.queries import list_metrics, plan_of, uses_etag, uses_of
from experiments.models import Experiment
from experiments.pages import wording
from experiments.pages.allocation_forms import RangesForm, SharesForm
from experiments.pages.bars import Bar, bar_of
from experiments.pages.forms import DefinitionForm, VariantsForm
from experiments.pages.measuring_forms import MetricsForm, PlanForm
from experiments.pages.participation_forms import ExperimentOrderForm, ExperimentRuleForm, ParticipationForm
from experiments.pages.range_rows import ranges_of
from experiments.pages.taking_part import participation_of
from experiments.pages.variant_rows import rows_of
from experiments.pages.views.finding import experiment_of
from experiments.queries import list_holdouts
from flags.abilities import abilities
from flags.why_form import WhyForm

TEMPLATE = "experiments/detail.html"
ENTRIES = 8
_SUBJECTS = ("experiment", "variant", "allocation", "experiment_metric", "analysis_plan")


@signed_in
@require_safe
def experiment_detail(request: HttpRequest, key: str) -> HttpResponse:
    return render(request, TEMPLATE, detail(request, experiment_of(request, key)))


def detail(request: HttpRequest, experiment: Experiment, **replaced: Any) -> dict[str, Any]:
    """What the page shows; `replaced` are the parts of it that somebody typed into."""
    environment = experiment.environment
    can = abilities(person(request), environment.project, [environment])
    may_not = can.why_not.get(environment.key, "")
    archived = wording.ARCHIVED if experiment.status == Experiment.Status.ARCHIVED else ""
    return {
        "project": environment.project,
        "environment": environment,
        "experiment": experiment,
        "version": etag(experiment),
        "may_not": may_not,
        "why_not": archived or may_not,
        "state": wording.state_of(experiment),
        "steps": wording.steps_of(experiment),
        "can_conclude": experiment.started_at is not None and not archived,
        "bar": bar_for(experiment),
        "told": participation_of(experiment, list_holdouts(environment.project)),
        "entries": told(_history(experiment)[:ENTRIES]),
        "curl": _curl(request, experiment),
        **_forms(experiment),
        **replaced,
    }


def bar_for(experiment: Experiment, allocations: Any = None) -> Bar:
    """The experiment's buckets as a bar: as they are, or with these allocations."""
    variants = list(experiment.variants.all())
    ranges: dict[str, list[tuple[int, int]]] = {variant.key: [] for variant in variants}
    keys = {variant.pk: variant.key for variant in variants}
    if allocations is None:
        for row in experiment.allocations.all():
            ranges[keys[row.variant_id]].append((row.range_start, row.range_end))
    for each in allocations or ():
        ranges[each["variant_key"]].append((each["range_start"], each["range_end"]))
    return bar_of(ranges.items(), nobody="no variant")


def _forms(experiment: Experiment) -> dict[str, Any]:
    plan = plan_of(experiment)
    return {
        "variants_form": VariantsForm(experiment),
        "variants": rows_of(experiment),
        "shares_form": SharesForm(experiment),
        "ranges_form": RangesForm(experiment),
        "ranges": ranges_of(experiment),
        "participation": ParticipationForm(experiment),
        "new_rule": ExperimentRuleForm(experiment),
        "order": ExperimentOrderForm(experiment),
        "definition": DefinitionForm(experiment),
        "why_form": WhyForm(),
        "metrics_form": metrics_form(experiment),
        "plan": plan,
        "plan_form": PlanForm(plan),
    }


def metrics_form(experiment: Experiment, given: Any = None) -> MetricsForm:
    """What the experiment is measured by, and the project's other metrics to add."""
    uses = list(uses_of(experiment))
    used = [use.metric_id for use in uses]
    free = list(list_metrics(experiment.environment.project).exclude(pk__in=used))
    return MetricsForm(uses, free, version=uses_etag(uses), given=given)


def _history(experiment: Experiment) -> Any:
    environment = experiment.environment
    found = recent(project=environment.project.key, environment=environment.key, key=experiment.key)
    return found.filter(subject__in=_SUBJECTS)


def _curl(request: HttpRequest, experiment: Experiment) -> str:
    """A line for a shell that asks what one user gets."""
    environment = experiment.environment
    project = "" if environment.project.key == DEFAULT_PROJECT else f"&project={environment.project.key}"
    header = "" if environment.allows_keyless else '-H "X-API-Key: $API_KEY" '
    if experiment.flag:
        address, query = f"/evaluate/{experiment.flag.key}", f"environment_key={environment.key}&user_id=user-1"
    else:
        address = "/api/decide"
        query = f"env={environment.key}&user_key=user-1&experiments={experiment.key}"
    return f'curl {header}"{request.build_absolute_uri(address)}?{query}{project}"'
