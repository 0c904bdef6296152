"""Which metrics there are, what they are used for, and how an experiment is judged."""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import blake2b
from uuid import UUID

from django.db.models import Q, QuerySet

from accounts.errors import NotFound
from accounts.models import Project
from accounts.queries import ids_in
from experiments.models import AnalysisPlan, Experiment, ExperimentMetric, Metric

SORTS = ("key", "-key", "created_at", "-created_at", "updated_at", "-updated_at")


class MetricNotFound(NotFound):
    """The project has no metric of this key or id, or the experiment is not measured by it."""

    code = "metric_not_found"


@dataclass(frozen=True, slots=True)
class StandingPlan:
    """How an experiment is judged, the defaults where nobody wrote it down; version 0 then.

    `changed_after_start`: somebody wrote it when the experiment had begun, and may have seen data before.
    """

    method: str
    confidence: float
    correction: str
    uses_past: bool
    planned_units: int | None
    planned_days: int | None
    looks: int
    spending: str
    prior_deviation: float
    dimensions: tuple[str, ...]
    changed_after_start: bool
    version: int


PLAN_FIELDS = tuple(name for name in StandingPlan.__slots__ if name not in ("changed_after_start", "version"))


def find_metric(project: Project, key_or_id: str) -> Metric:
    """A metric of the project by key or else by id, archived ones too. Raises MetricNotFound."""
    [found] = metrics_named(project, [key_or_id])
    if found is None:
        sentence = f"There is no metric {key_or_id} in project {project.key}. List the metrics to see their keys."
        raise MetricNotFound(sentence)
    return found


def metrics_named(project: Project, keys_or_ids: Sequence[str]) -> list[Metric | None]:
    """The metric of each key or id, None where there is none; one query for all of them."""
    ids = {named: identity for named in keys_or_ids for identity in ids_in(named)}
    rows = list(_metrics(project).filter(Q(key__in=keys_or_ids) | Q(id__in=ids.values())))
    by_key = {row.key: row for row in rows}
    by_id: dict[UUID | None, Metric] = {row.pk: row for row in rows}
    return [by_key.get(named) or by_id.get(ids.get(named)) for named in keys_or_ids]


def project_of_metric(metric_id: str) -> Project | None:
    """The project of the metric with this id, whichever it is."""
    found = Metric.objects.filter(id__in=ids_in(metric_id)).select_related("project").first()
    return found.project if found else None


def list_metrics(
    project: Project, *, search: str = "", kind: str = "", archived: bool = False, sort: str = "key"
) -> QuerySet[Metric]:
    """The metrics that are in use, or the archived ones."""
    found = _metrics(project).filter(archived_at__isnull=not archived)
    if kind:
        found = found.filter(kind=kind)
    if search:
        texts = Q(key__icontains=search) | Q(name__icontains=search) | Q(description__icontains=search)
        events = Q(event__icontains=search) | Q(denominator_event__icontains=search)
        found = found.filter(texts | events)
    return found.order_by(sort, "key")


def uses_of(experiment: Experiment) -> QuerySet[ExperimentMetric]:
    """What the experiment is measured by, in order: the first goal decides."""
    uses: QuerySet[ExperimentMetric] = experiment.metrics.select_related("metric").order_by("position", "metric__key")
    return uses


def uses_in_experiments(metric: Metric) -> QuerySet[ExperimentMetric]:
    """The experiments that are measured by the metric, archived ones included."""
    uses = ExperimentMetric.objects.filter(metric=metric).select_related("experiment__environment__project")
    return uses.order_by("experiment__environment__position", "experiment__key")


def find_use(experiment: Experiment, key_or_id: str) -> ExperimentMetric:
    """By the metric's key or id. Raises MetricNotFound."""
    uses = uses_of(experiment)
    found = uses.filter(metric__key=key_or_id).first() or uses.filter(metric__id__in=ids_in(key_or_id)).first()
    if found is None:
        raise MetricNotFound(f"Experiment {experiment.key} is not measured by a metric {key_or_id}.")
    return found


def uses_etag(uses: Sequence[ExperimentMetric]) -> str:
    """What If-Match is compared with where the metrics of an experiment are edited."""
    told = ";".join(f"{use.pk} {use.version}" for use in uses)
    return f'"{blake2b(told.encode(), digest_size=8).hexdigest()}"'


def plan_of(experiment: Experiment) -> StandingPlan:
    """How the experiment is judged."""
    row = plan_row(experiment)
    values = {name: getattr(row, name) for name in PLAN_FIELDS} | {"dimensions": tuple(row.dimensions)}
    begun = experiment.started_at
    is_late = begun is not None and row.version > 0 and row.updated_at > begun
    return StandingPlan(**values, changed_after_start=is_late, version=row.version)


def plan_row(experiment: Experiment) -> AnalysisPlan:
    """The plan that was written down; where there is none, one with the defaults that is not saved."""
    found: AnalysisPlan | None = AnalysisPlan.objects.filter(experiment=experiment).first()
    if found is None:
        return AnalysisPlan(experiment=experiment)
    found.experiment = experiment
    return found


def _metrics(project: Project) -> QuerySet[Metric]:
    return Metric.objects.select_related("project", "owner").filter(project=project)
