"""From draft to archive: which moves there are, what starting takes, and how an experiment is concluded."""

from collections.abc import Mapping
from typing import Any

from django.utils import timezone

from accounts.changes import change
from accounts.errors import Conflict, Impossible
from accounts.models import User
from experiments.holding import NotReady, hold_any_experiment, hold_experiment, missing_in
from experiments.models import Experiment
from experiments.queries import find_variant
from experiments.validation import InvalidExperiment
from flags.models import Flag
from flags.services import update_config

Status = Experiment.Status
MOVES: Mapping[str, tuple[str, ...]] = {
    Status.DRAFT: (Status.RUNNING, Status.ARCHIVED),
    Status.RUNNING: (Status.PAUSED, Status.ARCHIVED),
    Status.PAUSED: (Status.RUNNING, Status.ARCHIVED),
    Status.ARCHIVED: (),
}


class MoveNotPossible(Impossible):
    """The experiment cannot get to this status from where it is."""

    code = "move_not_possible"


class FlagTaken(Conflict):
    """Another experiment runs on the flag in this environment."""

    code = "flag_taken"


def move(experiment: Experiment, status: Any, *, by: User, if_match: str | None = None) -> Experiment:
    """Start, pause, resume or archive it. Raises MoveNotPossible, NotReady, FlagTaken."""
    if not isinstance(status, str) or status not in Status.values:
        raise InvalidExperiment({"status": [f"Give one of {', '.join(Status.values)}."]})
    with change(by=by):
        hold_any_experiment(experiment, by=by, if_match=if_match)
        _refuse_move(experiment, status)
        if status == Status.RUNNING:
            _refuse_start(experiment)
        _set(experiment, status)
    return experiment


def conclude(experiment: Experiment, variant: str, *, by: User, if_match: str | None = None) -> Experiment:
    """Pick the winner by key or id, let its flag serve that to everybody by default, and archive the experiment."""
    with change(by=by):
        hold_experiment(experiment, by=by, if_match=if_match)
        winner = find_variant(experiment, variant)
        if experiment.started_at is None:
            raise MoveNotPossible(f"Experiment {experiment.key} has not run yet. Start it, or archive it.")
        if experiment.flag is not None:
            served = _serving(experiment.flag, winner.key)
            update_config(experiment.flag, experiment.environment, by=by, **served)
        experiment.winner = winner.key
        _set(experiment, Status.ARCHIVED)
    return experiment


def _set(experiment: Experiment, status: str) -> None:
    experiment.status = status
    if status == Status.RUNNING and experiment.started_at is None:
        experiment.started_at = timezone.now()
    if status == Status.ARCHIVED:
        experiment.archived_at = timezone.now()
    experiment.save()


def _refuse_move(experiment: Experiment, status: str) -> None:
    possible = MOVES[experiment.status]
    if status not in possible:
        advice = f"It can become {' or '.join(possible)}." if possible else "An archived experiment stays archived."
        raise MoveNotPossible(f"A {experiment.status} experiment cannot become {status}. {advice}")


def _refuse_start(experiment: Experiment) -> None:
    if lacking := list(missing_in(experiment)):
        raise NotReady(f"Experiment {experiment.key} cannot start yet. {' '.join(lacking)}")
    others = Experiment.objects.filter(environment=experiment.environment, flag=experiment.flag, status=Status.RUNNING)
    other = others.exclude(pk=experiment.pk).first() if experiment.flag else None
    if other is not None:
        raise FlagTaken(f"Experiment {other.key} runs on flag {experiment.flag} here. Pause or conclude it first.")


def _serving(flag: Flag, variant: str) -> dict[str, Any]:
    """What makes the variant the flag's default."""
    if flag.flag_type == Flag.Type.PERCENTAGE:
        return {"rollout_percentage": 100 if variant == "on" else 0}
    return {"serve": {"variant": variant}}
