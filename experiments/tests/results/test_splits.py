"""Reports know when the shares of variants changed while an experiment ran."""

from collections.abc import Callable

from accounts.models import User
from experiments.allocations import replace_allocations
from experiments.models import Experiment
from experiments.results.splits import split_changes


def test_a_change_of_allocations_after_the_start_is_found(started: Callable[..., Experiment], alice: User) -> None:
    experiment = started()
    assert experiment.started_at is not None
    assert split_changes(experiment, since=experiment.started_at) == ()
    smaller = [{"variant_key": "control", "range_start": 0, "range_end": 999}]
    replace_allocations(experiment, smaller, by=alice)
    found = split_changes(experiment, since=experiment.started_at)
    assert found
    assert min(found) >= experiment.started_at
