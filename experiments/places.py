"""Which experiment, layer, holdout or metric a request is about: by key in the place it names, or by id anywhere."""

from collections.abc import Mapping
from typing import Any

from rest_framework.request import Request

from accounts.authentication import caller
from accounts.models import Environment, Project
from accounts.named_places import asked_of, place_of
from accounts.queries import ids_in
from experiments.metrics.queries import find_metric, project_of_metric
from experiments.models import Experiment, Holdout, Layer, Metric
from experiments.queries import find_experiment, find_holdout, find_layer, project_of_experiment
from flags.queries import EnvironmentNeeded

Given = Mapping[str, Any]
_NOTHING: Given = {}


def place_in(request: Request, given: Given = _NOTHING) -> tuple[Project, Environment | None]:
    """The project and the environment that address and body name; an environment's id tells the project as well."""
    asked = asked_of(request)
    ids = [identity for source in (asked, given) for identity in ids_in(str(source.get("environment_id") or ""))]
    environment = Environment.objects.filter(id__in=ids).select_related("project").first()
    return _placed(asked, given, environment.project if environment else None, request)


def environment_in(request: Request, given: Given, *, why: str) -> Environment:
    """The environment that address and body name. Raises EnvironmentNeeded."""
    _, environment = place_in(request, given)
    if environment is None:
        raise EnvironmentNeeded(why)
    return environment


def experiment_in(request: Request, key: str, given: Given = _NOTHING) -> Experiment:
    """Raises ExperimentNotFound, EnvironmentNeeded."""
    project, environment = _home(request, given, project_of_experiment(key))
    return find_experiment(project, key, environment=environment)


def layer_in(request: Request, key: str, given: Given = _NOTHING) -> Layer:
    """Raises LayerNotFound, EnvironmentNeeded."""
    named = Layer.objects.filter(id__in=ids_in(key)).select_related("environment__project").first()
    project, environment = _home(request, given, named.environment.project if named else None)
    return find_layer(project, key, environment=environment)


def holdout_in(request: Request, key: str, given: Given = _NOTHING) -> Holdout:
    """Raises HoldoutNotFound."""
    named = Holdout.objects.filter(id__in=ids_in(key)).select_related("project").first()
    project, _ = _home(request, given, named.project if named else None)
    return find_holdout(project, key)


def metric_in(request: Request, key: str, given: Given = _NOTHING) -> Metric:
    """Raises MetricNotFound."""
    project, _ = _home(request, given, project_of_metric(key))
    return find_metric(project, key)


def _home(request: Request, given: Given, owner: Project | None) -> tuple[Project, Environment | None]:
    """The place that the request names; where it names none, the project of what was found by id."""
    return place_in(request, given) if owner is None else _placed(asked_of(request), given, owner, request)


def _placed(asked: Given, given: Given, owner: Project | None, request: Request) -> tuple[Project, Environment | None]:
    is_named = asked.get("project") or given.get("project")
    meant = {"project": str(owner.pk)} if owner and not is_named else {}
    return place_of(asked, given, meant, by=caller(request))
