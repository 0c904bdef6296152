"""Where the pages of one experiment, layer, holdout or metric are."""

from typing import Any

from accounts.models import Environment
from accounts.pages import address
from accounts.rows import Row
from experiments.models import Experiment, Holdout, Layer, Metric

_TAKEN = (".", "..", "new")  # browsers resolve the dots away, and "new" is the page that makes one


def experiment_address(experiment: Experiment, page: str = "experiment-detail", **query: Any) -> str:
    """The address of one of the experiment's pages, by its key or, where that does not fit, by its id."""
    return _placed(page, _named(experiment, experiment.key), experiment.environment, **query)


def layer_address(layer: Layer, page: str = "layer-detail") -> str:
    return _placed(page, _named(layer, layer.key), layer.environment)


def holdout_address(holdout: Holdout, page: str = "holdout-detail") -> str:
    return address(page, _named(holdout, holdout.key), project=holdout.project.key)


def metric_address(metric: Metric, page: str = "metric-detail", **query: Any) -> str:
    return address(page, _named(metric, metric.key), project=metric.project.key, **query)


def _named(row: Row, key: str) -> str:
    return str(row.pk) if key in _TAKEN else key


def _placed(page: str, named: str, environment: Environment, **query: Any) -> str:
    return address(page, named, project=environment.project.key, environment=environment.key, **query)
