"""Which buckets get which variant: replaced as a whole, and what replacing them would change."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from accounts.changes import change
from accounts.models import User
from experiments.documents import allocations_of
from experiments.holding import hold_experiment, refuse_meaningless
from experiments.models import Allocation, Experiment, Variant
from experiments.validation import InvalidExperiment, clean_allocations
from flagkit.engine.experiments import BUCKETS, half_open
from flagkit.engine.slots import moves

Effect = dict[str, Any]


def replace_allocations(experiment: Experiment, given: Any, *, by: User, if_match: str | None = None) -> Effect:
    """Give the buckets to variants as `[{"variant_id" | "variant_key", "range_start", "range_end"}]` says.

    Both ends of a range belong to it; buckets that none names have no variant. Answers as `preview_allocations`.
    """
    with change(by=by):
        hold_experiment(experiment, by=by, if_match=if_match)
        standing, wanted = list(experiment.allocations.all()), _wanted(experiment, given)
        if _save(standing, wanted):
            refuse_meaningless(experiment)
            experiment.save()  # its version tells of every change of its parts
    return _effect(experiment, standing, wanted)


def preview_allocations(experiment: Experiment, given: Any) -> Effect:
    """What replacing them would change, without doing it; of 10,000 buckets, None is for those without a variant.

    `{"allocations": [rows], "buckets_changed": 9, "moves": [{"from": "a", "to": None, "buckets": 9, "percent": 0.09}]}`
    """
    return _effect(experiment, list(experiment.allocations.all()), _wanted(experiment, given))


def _wanted(experiment: Experiment, given: Any) -> list[Allocation]:
    variants = {name: each for each in experiment.variants.all() for name in (each.key, str(each.pk))}
    problems: dict[str, list[str]] = {}
    found = []
    for at, one in enumerate(clean_allocations(given)):
        named = one.pop("named")
        meant = {variants.get(name) for name in named.values()}
        variant = meant.pop()
        if variant is None or meant:
            unknown = "This experiment has no such variant." if not meant else "Name one variant, by its id or its key."
            problems[f"allocations.{at}.{next(iter(named))}"] = [unknown]
        else:
            found.append(Allocation(experiment=experiment, variant=variant, **one))
    if problems:
        raise InvalidExperiment(problems)
    return found


def _save(standing: Sequence[Allocation], wanted: Sequence[Allocation]) -> bool:
    """Write only where they differ, so that history tells what changed; whether they did."""
    kept = {_range(one) for one in standing} & {_range(one) for one in wanted}
    gone = [old for old in standing if _range(old) not in kept]
    new = [one for one in wanted if _range(one) not in kept]
    for old in gone:
        old.delete()
    for one in new:
        one.save(force_insert=True)
    return bool(gone or new)


def _range(allocation: Allocation) -> tuple[UUID, int, int]:
    return allocation.variant_id, allocation.range_start, allocation.range_end


def _effect(experiment: Experiment, before: Sequence[Allocation], after: Sequence[Allocation]) -> Effect:
    variants = list(experiment.variants.all())
    found = moves(_arms(variants, before), _arms(variants, after))
    return {
        "allocations": sorted(after, key=lambda allocation: allocation.range_start),
        "buckets_changed": sum(found.values()),
        "moves": [
            {"from": one, "to": other, "buckets": size, "percent": size * 100 / BUCKETS}
            for (one, other), size in sorted(found.items(), key=lambda move: (-move[1], str(move[0])))
        ],
    }


def _arms(variants: Sequence[Variant], allocations: Sequence[Allocation]) -> list[Mapping[str, Any]]:
    arms = allocations_of(variants, allocations)
    return [{"variant": arm["variant"], "ranges": half_open(arm["ranges"])} for arm in arms]
