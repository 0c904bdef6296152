"""What tests of metrics start from."""

from collections.abc import Callable

import pytest

from accounts.models import Project, User
from experiments.metrics.services import create_metric
from experiments.models import Metric

MakeMetric = Callable[..., Metric]


@pytest.fixture
def make(alice: User, project: Project) -> MakeMetric:
    """Makes a conversion metric of the default project, or what is given."""

    def metric(key: str = "signup", **fields: object) -> Metric:
        return create_metric(project, by=alice, **{"key": key, "kind": "binomial", "event": "signed_up", **fields})

    return metric
