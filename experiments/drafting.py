"""A whole draft in one go: the experiment, its variants and who gets which."""

from typing import Any

from accounts.changes import change
from accounts.models import Environment, User
from experiments.allocations import replace_allocations
from experiments.models import Experiment
from experiments.services import create_experiment
from experiments.variants import add_variants


def create_draft(
    environment: Environment,
    *,
    by: User,
    variants: Any = None,
    allocations: Any = None,
    **fields: Any,
) -> Experiment:
    """As `create_experiment`, with its variants, and with allocations that name them by key: all of it or nothing."""
    with change(by=by):
        experiment = create_experiment(environment, by=by, **fields)
        if variants is not None:
            add_variants(experiment, variants, by=by)
        if allocations is not None:
            replace_allocations(experiment, allocations, by=by)
    return experiment
