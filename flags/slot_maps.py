"""Which buckets each arm of a weighted split has: side by side at first, moved as little as possible later on."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from flagkit.engine.bucketing import BUCKETS
from flagkit.engine.slots import rebalance

Arm = Mapping[str, Any]
Serve = Mapping[str, Any]


def is_weighted(serve: Serve) -> bool:
    """Whether this is a split in the form with weights, whose buckets are ours to give."""
    return isinstance(serve.get("split"), list)


def arms_of(split: Sequence[Arm]) -> list[dict[str, Any]]:
    """The arms with their buckets, in the engine's form; an older split has none stored, so it lies side by side."""
    if all("ranges" in arm for arm in split):
        return [{"variant": arm["variant"], "ranges": arm["ranges"]} for arm in split]
    return ranges_of([(arm["variant"], arm["weight"]) for arm in split])


def laid_out(serve: Serve, standing: Serve) -> Serve:
    """The serve with buckets for its arms, so that the fewest move from where they are in the standing one."""
    if not is_weighted(serve):
        return serve
    before = standing["split"] if is_weighted(standing) else []
    if _plain(before) == _plain(serve["split"]):
        return standing
    weights = {arm["variant"]: buckets(arm["weight"]) for arm in serve["split"]}
    ranges = {arm["variant"]: arm["ranges"] for arm in rebalance(arms_of(before), weights)}
    return {"split": [{**arm, "ranges": ranges[arm["variant"]]} for arm in _plain(serve["split"])]}


def ranges_of(weights: Sequence[tuple[str, Any]]) -> list[dict[str, Any]]:
    """The arms of a split, side by side over all buckets in the order given; weights are percent and sum to 100."""
    arms, at = [], 0
    for variant, weight in weights:
        upto = at + buckets(weight)
        arms.append({"variant": variant, "ranges": [[at, upto]]})
        at = upto
    return arms


def buckets(percentage: Any) -> int:
    """How many buckets a percentage makes up, which comes in steps of one."""
    return int(Decimal(str(percentage)) * BUCKETS / 100)


def _plain(split: Sequence[Arm]) -> list[dict[str, Any]]:
    return [{"variant": arm["variant"], "weight": arm["weight"]} for arm in split]
