"""What tests of the way of events start from: an environment with something to name, and a spool of the test's own."""

from collections.abc import Callable
from pathlib import Path

import pytest

from accounts.models import Environment, Project
from experiments.events.keeping import Keeper
from experiments.events.spool import Spool
from experiments.models import Experiment, Metric


@pytest.fixture
def keeper(tmp_path: Path) -> Keeper:
    return Keeper(Spool(tmp_path / "spool", most=1_000_000))


@pytest.fixture
def place(drafted: Callable[..., Experiment], project: Project, staging: Environment) -> str:
    """The id of an environment with the experiment button-color and events called purchase."""
    drafted()
    Metric.objects.create(project=project, key="sales", kind="mean", event="purchase")
    return str(staging.pk)
