"""From draft to archive: which moves are possible, what starting takes, and what a conclusion leaves behind."""

from collections.abc import Callable

import pytest

from accounts.models import Environment, User
from experiments.allocations import replace_allocations
from experiments.holding import NotReady
from experiments.life_cycle import MOVES, FlagTaken, MoveNotPossible, conclude, move
from experiments.models import Experiment
from experiments.services import create_experiment
from flags.models import FlagConfig
from flags.services import create_flag

pytestmark = pytest.mark.django_db
Make = Callable[..., Experiment]
STATUSES = list(Experiment.Status.values)


@pytest.mark.parametrize("wanted", STATUSES)
@pytest.mark.parametrize("standing", STATUSES)
def test_every_move_is_possible_or_says_which_are(drafted: Make, alice: User, standing: str, wanted: str) -> None:
    experiment = drafted()
    experiment.status = standing
    experiment.save()
    if wanted in MOVES[standing]:
        assert move(experiment, wanted, by=alice).status == wanted
        return
    with pytest.raises(MoveNotPossible) as refused:
        move(experiment, wanted, by=alice)
    assert all(possible in refused.value.message for possible in MOVES[standing])
    experiment.refresh_from_db()
    assert experiment.status == standing


def test_starting_names_everything_that_is_missing(alice: User, staging: Environment) -> None:
    experiment = create_experiment(staging, by=alice, key="empty")
    with pytest.raises(NotReady, match=r"two variants.*one allocation"):
        move(experiment, "RUNNING", by=alice)


def test_a_running_experiment_keeps_what_it_was_started_with(started: Make, alice: User) -> None:
    experiment = started()
    with pytest.raises(NotReady, match="Pause it first"):
        replace_allocations(experiment, [], by=alice)
    assert experiment.allocations.count() == 2


def test_a_conclusion_is_the_flags_default_and_the_archive(drafted: Make, alice: User, staging: Environment) -> None:
    variants = [{"key": key, "value": {"color": key}} for key in ("control", "treatment")]
    flag = create_flag(staging.project, by=alice, key="button", flag_type="object", variants=variants)
    experiment = move(drafted(flag="button"), "RUNNING", by=alice)
    conclude(experiment, "treatment", by=alice)
    assert FlagConfig.objects.get(flag=flag, environment=staging).serve == {"variant": "treatment"}
    assert (experiment.status, experiment.winner) == ("ARCHIVED", "treatment")


def test_one_experiment_runs_on_a_flag(drafted: Make, alice: User, staging: Environment) -> None:
    variants = [{"key": key, "value": {"color": key}} for key in ("control", "treatment")]
    create_flag(staging.project, by=alice, key="button", flag_type="object", variants=variants)
    move(drafted("first", flag="button"), "RUNNING", by=alice)
    with pytest.raises(FlagTaken, match="first"):
        move(drafted("second", flag="button"), "RUNNING", by=alice)
