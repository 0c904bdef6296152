"""Experiments for tests of pages, and how they stand afterwards."""

from collections.abc import Callable
from typing import Any

from accounts.models import Environment, User
from experiments.drafting import create_draft
from experiments.life_cycle import move
from experiments.models import Experiment

HALVES = [
    {"variant_key": "control", "range_start": 0, "range_end": 4999},
    {"variant_key": "treatment", "range_start": 5000, "range_end": 9999},
]
Make = Callable[..., Experiment]


def draft(environment: Environment, *, by: User, key: str = "button", **fields: Any) -> Experiment:
    """Two variants with half of the buckets each."""
    variants = [{"key": name, "payload": {"color": name}} for name in ("control", "treatment")]
    given = {"variants": variants, "allocations": HALVES, **fields}
    return create_draft(environment, by=by, key=key, **given)


def running(environment: Environment, *, by: User, **fields: Any) -> Experiment:
    return move(draft(environment, by=by, **fields), "RUNNING", by=by)


def again(experiment: Experiment) -> Experiment:
    return Experiment.objects.get(pk=experiment.pk)


def ranges(experiment: Experiment) -> list[tuple[str, int, int]]:
    """Its allocations as the database has them."""
    rows = experiment.allocations.order_by("range_start")
    return [(row.variant.key, row.range_start, row.range_end) for row in rows.select_related("variant")]


def address(page: str = "", *, key: str = "button", environment: str = "staging") -> str:
    """The address of one of the experiment's pages."""
    return f"/dashboard/experiments/{key}{page and '/'}{page}?environment={environment}"
