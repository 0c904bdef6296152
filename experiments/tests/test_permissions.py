"""Roles: a viewer reads, a developer changes what is not protected, and production is for admins."""

from collections.abc import Callable
from typing import Any

import pytest

from accounts.errors import Forbidden
from accounts.models import Environment, User
from experiments.allocations import replace_allocations
from experiments.layers import create_layer, delete_layer, update_layer
from experiments.life_cycle import conclude, move
from experiments.models import Experiment
from experiments.services import create_experiment, delete_experiment, update_experiment
from experiments.tests.conftest import HALVES
from experiments.variants import add_variant, change_variants, delete_variant, update_variant


def every_write(environment: Environment, experiment: Experiment) -> list[Callable[..., Any]]:
    """Everything that changes what an environment serves."""
    variant = experiment.variants.get(key="control")
    layer = environment.layers.get(key="page")
    return [
        lambda by: create_experiment(environment, by=by, key="fresh"),
        lambda by: update_experiment(experiment, by=by, name="New."),
        lambda by: add_variant(experiment, by=by, key="third"),
        lambda by: update_variant(variant, by=by, name="New."),
        lambda by: delete_variant(variant, by=by),
        lambda by: change_variants(experiment, by=by, create=[{"key": "third"}]),
        lambda by: replace_allocations(experiment, HALVES[:1], by=by),
        lambda by: move(experiment, "PAUSED", by=by),
        lambda by: conclude(experiment, "control", by=by),
        lambda by: delete_experiment(experiment, by=by),
        lambda by: create_layer(environment, by=by, key="fresh"),
        lambda by: update_layer(layer, by=by, name="New."),
        lambda by: delete_layer(layer, by=by),
    ]


@pytest.fixture
def running(alice: User) -> Callable[[Environment], Experiment]:
    """Makes an experiment that runs in this environment, which has a layer."""

    def make(environment: Environment) -> Experiment:
        create_layer(environment, by=alice, key="page")
        experiment = create_experiment(environment, by=alice, key="colour")
        change_variants(experiment, by=alice, create=[{"key": "control"}, {"key": "treatment"}])
        replace_allocations(experiment, HALVES, by=alice)
        return move(experiment, "RUNNING", by=alice)

    return make


@pytest.mark.parametrize(("name", "place"), [("charlie", "staging"), ("bob", "production"), ("charlie", "production")])
def test_who_may_not_changes_nothing(
    request: pytest.FixtureRequest, running: Any, written: Callable[[], int], name: str, place: str
) -> None:
    person, environment = request.getfixturevalue(name), request.getfixturevalue(place)
    experiment = running(environment)
    before = written()
    for write in every_write(environment, experiment):
        with pytest.raises(Forbidden):
            write(person)
    assert written() == before


@pytest.mark.parametrize(("name", "place"), [("bob", "staging"), ("alice", "production")])
def test_who_may_starts_and_ends_one(request: pytest.FixtureRequest, alice: User, name: str, place: str) -> None:
    person, environment = request.getfixturevalue(name), request.getfixturevalue(place)
    experiment = create_experiment(environment, by=person, key="colour")
    change_variants(experiment, by=person, create=[{"key": "control"}, {"key": "treatment"}])
    replace_allocations(experiment, HALVES, by=person)
    move(experiment, "RUNNING", by=person)
    assert conclude(experiment, "control", by=person).status == "ARCHIVED"
    delete_experiment(experiment, by=person)
    assert not Experiment.objects.exists()
