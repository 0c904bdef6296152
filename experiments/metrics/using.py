"""Every write of what an experiment is measured by: which metrics, in which order, in which role."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.changes import change
from accounts.editing import edit, insert, is_outdated
from accounts.errors import Conflict
from accounts.models import User
from experiments.holding import ExperimentOutdated, hold_experiment
from experiments.metrics.queries import find_use, metrics_named, uses_etag, uses_of
from experiments.models import Experiment, ExperimentMetric, Metric
from experiments.validation import InvalidExperiment
from flags.cleaners import Wrong, each, one_of, part, require_parts, text

MAX_METRICS = 50
NAMES = ("metric", "metric_key", "metric_id")
ECHOES = ("id", "name", "kind", "definition", "is_archived")  # as they were read
Role = ExperimentMetric.Role
Wanted = tuple[Metric, str]


class MetricUsed(Conflict):
    """The experiment is measured by the metric already."""

    code = "metric_used"


def set_metrics(experiment: Experiment, given: Any, *, by: User, if_match: str | None = None) -> list[ExperimentMetric]:
    """What the experiment is measured by from now on, as a whole: `[{"metric": "revenue", "role": "goal"}, …]`."""
    with change(by=by):
        _hold(experiment, by, if_match)
        return _replace(experiment, _wanted(experiment, given))


def add_metric(
    experiment: Experiment, metric: str, *, by: User, role: str = Role.GOAL, if_match: str | None = None
) -> ExperimentMetric:
    """Measure the experiment by this metric (key or id) as well, behind the others."""
    with change(by=by):
        _hold(experiment, by, if_match)
        standing = [(use.metric, use.role) for use in uses_of(experiment)]
        [added] = _wanted(experiment, [{"metric": metric, "role": role}], at="")
        if any(added[0] == other for other, _ in standing):
            raise MetricUsed(f"Experiment {experiment.key} is measured by {added[0].key} already.")
        return _replace(experiment, [*standing, added])[-1]


def remove_metric(experiment: Experiment, named: str, *, by: User, if_match: str | None = None) -> None:
    """Measure the experiment by this metric (key or id) no longer."""
    with change(by=by):
        _hold(experiment, by, if_match)
        gone = find_use(experiment, named)
        _replace(experiment, [(use.metric, use.role) for use in uses_of(experiment) if use != gone])


def _hold(experiment: Experiment, by: User, if_match: str | None) -> None:
    hold_experiment(experiment, by=by)
    if is_outdated(if_match, uses_etag(list(uses_of(experiment)))):
        sentence = f"The metrics of experiment {experiment.key} were changed since you read them. Read them again."
        raise ExperimentOutdated(sentence)


def _wanted(experiment: Experiment, given: Any, *, at: str = "metrics") -> list[Wanted]:
    """The metrics and roles that are named. Raises InvalidExperiment with `at` before the path to what is wrong."""
    try:
        named = each(_use, given, least=0, most=MAX_METRICS)
        found = metrics_named(experiment.environment.project, [use["metric"] for use in named])
        standing = frozenset(experiment.metrics.values_list("metric_id", flat=True))
        wanted = [part(nth, _usable, (use, found[nth], standing)) for nth, use in enumerate(named)]
        _refuse_twice([metric for metric, _ in wanted])
    except Wrong as wrong:
        path = f"{at}{wrong.path}" if at else wrong.path.removeprefix(".0.") or "metric"
        raise InvalidExperiment({path: [wrong.sentence]}) from wrong
    return wanted


def _use(value: Any) -> Mapping[str, str]:
    require_parts(value, optional=[*NAMES, "role", *ECHOES])
    names = [part(name, text(100), value[name]) for name in NAMES if name in value]
    if not names:
        raise Wrong("Name the metric by its key or id.", ".metric")
    return {"metric": names[0], "role": part("role", one_of(Role.values), value.get("role", Role.GOAL))}


def _usable(named: tuple[Mapping[str, str], Metric | None, frozenset[UUID]]) -> Wanted:
    """The metric that was found in its role; the ids are those of the metrics that the experiment has. Raises Wrong."""
    use, metric, standing = named
    if metric is None:
        raise Wrong(f"There is no metric {use['metric']}. List the metrics to see their keys.", ".metric")
    if metric.archived_at is not None and metric.pk not in standing:
        raise Wrong(f"Metric {metric.key} is archived. Restore it, or take another one.", ".metric")
    if use["role"] == Role.GUARDRAIL and metric.margin is None:
        raise Wrong(f"A guardrail needs a margin: say on metric {metric.key} which relative harm is taken.", ".role")
    return metric, use["role"]


def _refuse_twice(metrics: Sequence[Metric]) -> None:
    for at, metric in enumerate(metrics):
        if metric in metrics[:at]:
            raise Wrong(f"{metric.key} is there twice.", f".{at}.metric")


def _replace(experiment: Experiment, wanted: Sequence[Wanted]) -> list[ExperimentMetric]:
    if len(wanted) > MAX_METRICS:
        raise InvalidExperiment({"metrics": [f"An experiment has at most {MAX_METRICS} metrics."]})
    standing = {use.metric_id: use for use in uses_of(experiment)}
    kept = {metric.pk for metric, _ in wanted}
    for metric_id, use in standing.items():
        if metric_id not in kept:
            use.delete()
    return [_put(experiment, standing.get(metric.pk), metric, role, at) for at, (metric, role) in enumerate(wanted)]


def _put(
    experiment: Experiment, standing: ExperimentMetric | None, metric: Metric, role: str, at: int
) -> ExperimentMetric:
    if standing is not None:
        return edit(standing, role=role, position=at)
    taken = MetricUsed(f"Experiment {experiment.key} is measured by {metric.key} already.")
    return insert(ExperimentMetric(experiment=experiment, metric=metric, role=role, position=at), taken=taken)
