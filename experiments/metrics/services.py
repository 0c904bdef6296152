"""Every write of metrics themselves: who may, what is refused, what is saved.

A metric belongs to its project and changes nobody's variant, so that it takes the right to change the project, whatever
environments its experiments run in.
"""

from typing import Any

from django.utils import timezone

from accounts import policy
from accounts.changes import change
from accounts.editing import edit, hold, insert
from accounts.errors import Conflict
from accounts.models import Project, User
from accounts.policy import Action
from experiments.holding import refuse_outdated
from experiments.metrics.queries import uses_in_experiments
from experiments.metrics.validation import clean_metric
from experiments.models import Experiment, ExperimentMetric, Metric
from experiments.validation import InvalidExperiment
from flags.queries import find_owner

_ADDRESSES = ("sample-size",)  # what the API answers itself beside the keys of metrics


class MetricExists(Conflict):
    """The project has a metric of this key, in use or archived."""

    code = "metric_exists"


class MetricArchived(Conflict):
    """An archived metric stays as it is."""

    code = "metric_archived"


class MetricInUse(Conflict):
    """Experiments are measured by the metric."""

    code = "metric_in_use"


def create_metric(project: Project, *, by: User, **fields: Any) -> Metric:
    """A new metric: key, kind, event, and what its kind needs. Owner: an id or an e-mail."""
    with change(by=by):
        policy.require(by, Action.CHANGE, project=project)
        if fields.get("key") in _ADDRESSES:
            raise InvalidExperiment({"key": ["This is an address of the API. Choose another key."]})
        metric = Metric(project=project, owner=find_owner(fields.pop("owner", None)))
        values = clean_metric({"key": "", **fields}, standing=metric)
        for name, value in values.items():
            setattr(metric, name, value)
        return insert(metric, taken=_taken(project, metric.key))


def update_metric(metric: Metric, *, by: User, if_match: str | None = None, **fields: Any) -> Metric:
    """Change what is given, also while experiments are measured by it; lists each as a whole."""
    with change(by=by):
        _hold(metric, by, if_match)
        if metric.archived_at is not None:
            raise MetricArchived(f"Metric {metric.key} is archived. Restore it to edit it.")
        if fields.get("key", metric.key) != metric.key:
            raise InvalidExperiment({"key": ["A metric keeps its key. Create another one and archive this."]})
        owner = {"owner": find_owner(fields.pop("owner"), standing=metric.owner)} if "owner" in fields else {}
        values = clean_metric(fields, standing=metric) | owner
        if values.get("margin", metric.margin) is None:
            _refuse_guardrail(metric)
        return edit(metric, **values)


def archive_metric(metric: Metric, *, by: User, if_match: str | None = None) -> Metric:
    """Take the metric off the lists; experiments that have it go on being measured by it, and no other gets it."""
    with change(by=by):
        _hold(metric, by, if_match)
        return edit(metric, archived_at=metric.archived_at or timezone.now())


def restore_metric(metric: Metric, *, by: User, if_match: str | None = None) -> Metric:
    """Put an archived metric back into use, as it was."""
    with change(by=by):
        _hold(metric, by, if_match)
        return edit(metric, archived_at=None)


def delete_metric(metric: Metric, *, by: User, if_match: str | None = None) -> None:
    """Remove a metric that no experiment is measured by; its history stays."""
    with change(by=by):
        _hold(metric, by, if_match)
        if places := _places(list(uses_in_experiments(metric))):
            raise MetricInUse(f"Metric {metric.key} is in {places}. Take it out there first, or archive it instead.")
        metric.delete()


def _hold(metric: Metric, by: User, if_match: str | None) -> None:
    """Lock the metric for somebody who may change its project; the project first, as who takes it into use does."""
    policy.require(by, Action.CHANGE, project=metric.project)
    hold(metric.project)
    hold(metric)
    refuse_outdated(metric, if_match)


def _refuse_guardrail(metric: Metric) -> None:
    """Raises InvalidExperiment where an experiment that can still be edited holds the metric's harm to its margin."""
    guarding = uses_in_experiments(metric).filter(role=ExperimentMetric.Role.GUARDRAIL)
    if places := _places(list(guarding.exclude(experiment__status=Experiment.Status.ARCHIVED))):
        sentence = f"It guards {places}. Give the relative harm that is still taken, or make it a goal there first."
        raise InvalidExperiment({"margin": [sentence]})


def _places(uses: list[ExperimentMetric]) -> str:
    """`experiment button in staging and experiment colour in production`, nothing where there is none."""
    told = [f"experiment {use.experiment.key} in {use.experiment.environment.key}" for use in uses]
    return " and ".join([", ".join(told[:-1]), told[-1]] if len(told) > 1 else told)


def _taken(project: Project, key: str) -> MetricExists:
    standing = Metric.objects.filter(project=project, key=key, archived_at__isnull=False).exists()
    advice = "It is archived: restore it" if standing else "Change that one"
    return MetricExists(f"Project {project.key} has a metric {key}. {advice}, or choose another key.")
