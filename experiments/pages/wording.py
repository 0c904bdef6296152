"""What an experiment does now, and what each move of its life cycle would do, in sentences for people."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from experiments.allocations import Effect
from experiments.holding import missing_in
from experiments.life_cycle import MOVES, Status
from experiments.models import Experiment
from experiments.shares import shares_of
from flagkit.engine.experiments import BUCKETS
from flags.wording import percent

ARCHIVED = "An archived experiment stays as it is, to be read. Create a new one to go on asking."
DONE: Mapping[str, str] = {
    Status.RUNNING: "{key} is running in {environment}.",
    Status.PAUSED: "{key} is paused in {environment}.",
    Status.ARCHIVED: "{key} is archived in {environment}.",
}
_LABELS = {Status.RUNNING: "Start", Status.PAUSED: "Pause", Status.ARCHIVED: "Archive"}


@dataclass(frozen=True, slots=True)
class Step:
    """A move that is possible: the status it leads to, its button, what will happen, and what is missing for it."""

    status: str
    label: str
    sentence: str
    missing: Sequence[str]


def steps_of(experiment: Experiment) -> list[Step]:
    """The ways on from where the experiment is."""
    return [_step(experiment, status) for status in MOVES[experiment.status]]


def state_of(experiment: Experiment) -> str:
    """`Running: 10,000 of 10,000 buckets get a variant, 50 % control, 50 % treatment.`"""
    if experiment.status == Status.ARCHIVED:
        return f"Archived{f': {experiment.winner} won' if experiment.winner else ''}. Nobody takes part any more."
    if experiment.status == Status.PAUSED:
        return "Paused: nobody takes part until it is resumed."
    if experiment.status == Status.RUNNING:
        return f"Running: {_dealt(experiment)}."
    return "Draft: nobody takes part until it is started."


def shares_words(experiment: Experiment) -> str:
    """`50 % control, 50 % treatment`"""
    return ", ".join(f"{percent(share)} {key}" for key, share in shares_of(experiment).items())


def outcome_words(experiment: Experiment, variant: str) -> str:
    """What picking this winner changes."""
    where = experiment.environment.name
    if experiment.flag is None:
        return (
            f"The experiment is archived with {variant} as its winner. Make {variant} what your program does by itself."
        )
    return (
        f"Flag {experiment.flag.key} serves {variant} in {where} to everybody whom none of its targets and rules "
        "answers, and the experiment is archived in the same revision."
    )


def effect_words(effect: Effect) -> str:
    """`500 of 10,000 buckets change variant: control → treatment 500`"""
    changed = effect["buckets_changed"]
    if not changed:
        return "no bucket changes variant"
    moved = [f"{source} → {target} {buckets}" for source, target, buckets, _ in moves_words(effect)]
    change = "changes" if changed == 1 else "change"
    return f"{changed:,} of {BUCKETS:,} buckets {change} variant: {', '.join(moved)}"


def moves_words(effect: Effect) -> list[tuple[str, str, str, str]]:
    """From whom to whom how many buckets go, and which share of all that is."""
    return [
        (_holder(move["from"]), _holder(move["to"]), f"{move['buckets']:,}", percent(move["percent"]))
        for move in effect["moves"]
    ]


def _step(experiment: Experiment, status: str) -> Step:
    resumes = status == Status.RUNNING and experiment.started_at is not None
    return Step(
        status=status,
        label="Resume" if resumes else _LABELS[Status(status)],
        sentence=_SENTENCES[Status(status)](experiment),
        missing=list(missing_in(experiment)) if status == Status.RUNNING else [],
    )


def _starting(experiment: Experiment) -> str:
    told = f"From the next revision of {experiment.environment.name} on, {_dealt(experiment)}."
    if experiment.started_at is not None:
        return f"{told} Users get the variants that they had before."
    return f"{told} Salt, algorithm, flag and the keys of variants are fixed from then on."


def _pausing(experiment: Experiment) -> str:
    return f"Nobody takes part any more: {_without(experiment)}. Resuming gives users the same variants again."


def _archiving(experiment: Experiment) -> str:
    stays = "It stays to be read, and cannot be taken up again."
    if experiment.is_running:
        return f"Nobody takes part any more: {_without(experiment)}. {stays}"
    return f"It leaves the list of what can still run. {stays}"


def _holder(variant: str | None) -> str:
    return variant if variant is not None else "no variant"


def _without(experiment: Experiment) -> str:
    if experiment.flag is None:
        return "callers get no variant and use their own default"
    return f"flag {experiment.flag.key} answers everybody by its own rules"


def _dealt(experiment: Experiment) -> str:
    taken = sum(each.range_end - each.range_start + 1 for each in experiment.allocations.all())
    told = f"{taken:,} of {BUCKETS:,} buckets get a variant"
    return f"{told}, {shares_words(experiment)}" if taken else told


_SENTENCES = {
    Status.RUNNING: _starting,
    Status.PAUSED: _pausing,
    Status.ARCHIVED: _archiving,
}
