"""How many of its buckets each variant of an experiment gets in percent, and the ranges that make that up."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from experiments.documents import allocations_of
from experiments.models import Experiment
from experiments.validation import STEP
from flagkit.engine.experiments import BUCKETS, half_open
from flagkit.engine.slots import rebalance

_NOBODY = ""  # the arm that stands for the buckets without a variant: no variant has an empty key


def shares_of(experiment: Experiment) -> dict[str, Decimal]:
    """The percentage of buckets that each variant has, in the order of the variants."""
    variants = list(experiment.variants.all())
    sizes = {variant.pk: 0 for variant in variants}
    for allocation in experiment.allocations.all():
        sizes[allocation.variant_id] += allocation.range_end - allocation.range_start + 1
    return {variant.key: percentage(sizes[variant.pk]) for variant in variants}


def even_shares(keys: Sequence[str]) -> dict[str, Decimal]:
    """All buckets, dealt evenly; the first ones get what is left over: 33.34, 33.33, 33.33."""
    each, over = divmod(BUCKETS, len(keys)) if keys else (0, 0)
    return {key: percentage(each + (at < over)) for at, key in enumerate(keys)}


def allocations_by(experiment: Experiment, shares: Mapping[str, Decimal]) -> list[dict[str, Any]]:
    """Allocations with these percentages, which sum to 100 at most, so that the fewest buckets change their variant."""
    weights = {key: int(share * BUCKETS / 100) for key, share in shares.items()}
    weights[_NOBODY] = BUCKETS - sum(weights.values())
    standing = allocations_of(experiment.variants.all(), experiment.allocations.all())
    held = [{**arm, "ranges": half_open(arm["ranges"])} for arm in standing]
    return [
        {"variant_key": arm["variant"], "range_start": low, "range_end": high - 1}
        for arm in rebalance(held, weights, buckets=BUCKETS)
        for low, high in arm["ranges"]
        if arm["variant"] != _NOBODY
    ]


def percentage(buckets: int) -> Decimal:
    return (Decimal(buckets) * 100 / BUCKETS).quantize(STEP)


def plain(share: Decimal) -> str:
    """12.50 as people write it: 12.5."""
    return format(share.normalize(), "f")
