"""Which experiment or layer an address is about."""

from django.http import HttpRequest

from accounts.models import Environment
from accounts.pages import project_of
from accounts.queries import find_environment
from experiments.models import Experiment, Layer
from experiments.queries import find_experiment, find_layer


def experiment_of(request: HttpRequest, key: str) -> Experiment:
    """Raises ExperimentNotFound."""
    environment = environment_of(request)
    return find_experiment(environment.project, key, environment=environment)


def layer_of(request: HttpRequest, key: str) -> Layer:
    """Raises LayerNotFound."""
    environment = environment_of(request)
    return find_layer(environment.project, key, environment=environment)


def environment_of(request: HttpRequest) -> Environment:
    """The environment that the address names. Raises EnvironmentNotFound."""
    return find_environment(project_of(request), request.GET.get("environment", ""))


def newest(experiment: Experiment) -> Experiment:
    """The experiment as it stands, after what was passed to a service was refused."""
    environment = experiment.environment
    return find_experiment(environment.project, str(experiment.pk), environment=environment)
