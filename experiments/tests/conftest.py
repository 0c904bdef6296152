"""What tests of experiments start from."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from audit.models import Entry
from experiments.allocations import replace_allocations
from experiments.life_cycle import move
from experiments.models import Experiment
from experiments.services import create_experiment
from experiments.variants import add_variant
from flags.models import Flag
from flags.services import create_flag

Halves = list[dict[str, Any]]
HALVES: Halves = [
    {"variant_key": "control", "range_start": 0, "range_end": 4999},
    {"variant_key": "treatment", "range_start": 5000, "range_end": 9999},
]


@pytest.fixture
def drafted(alice: User, staging: Environment) -> Callable[..., Experiment]:
    """Makes a draft in staging with two variants and half of the buckets each."""

    def make(key: str = "button-color", **fields: Any) -> Experiment:
        experiment = create_experiment(staging, by=alice, key=key, **fields)
        for variant in ("control", "treatment"):
            add_variant(experiment, by=alice, key=variant, payload={"color": variant})
        replace_allocations(experiment, HALVES, by=alice)
        return experiment

    return make


@pytest.fixture
def started(alice: User, drafted: Callable[..., Experiment]) -> Callable[..., Experiment]:
    """Makes a running experiment in staging."""

    def make(key: str = "button-color", **fields: Any) -> Experiment:
        return move(drafted(key, **fields), Experiment.Status.RUNNING, by=alice)

    return make


@pytest.fixture
def button(project: Project, alice: User) -> Flag:
    """A flag of objects with the variants that drafts have."""
    variants = [{"key": key, "value": {"color": key}} for key in ("control", "treatment")]
    return create_flag(project, by=alice, key="button", flag_type="object", variants=variants)


@pytest.fixture
def bobs(api: Callable[[User], APIClient], bob: User) -> APIClient:
    """A developer's client."""
    return api(bob)


@pytest.fixture
def written(db: None) -> Callable[[], int]:
    """How many entries history has: the same before and after says that nothing was written."""
    return Entry.objects.count
