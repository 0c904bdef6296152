"""How a split changes its weights while the fewest buckets, and so the fewest subjects, change their variant.

Arms are `[{"variant": "a", "ranges": [[0, 50000]]}, …]`, half-open ranges of buckets, 0 … 100,000 by default.
"""

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

from flagkit.engine.bucketing import BUCKETS

Arm = Mapping[str, Any]
Moves = dict[tuple[str | None, str | None], int]


def rebalance(arms: Sequence[Arm], weights: Mapping[str, int], *, buckets: int = BUCKETS) -> list[dict[str, Any]]:
    """The arms with these weights, in buckets, which sum to all of them.

    A variant that shrinks gives away its last buckets, one that grows takes what was given or was free; nothing else
    moves. Variants that are not named any more give away everything, new ones stand behind the others. Raises
    ValueError where the weights do not sum to `buckets` or one is negative.
    """
    if sum(weights.values()) != buckets or any(weight < 0 for weight in weights.values()):
        raise ValueError(f"the weights have to sum to {buckets:,} buckets, and none may be negative")
    held = {str(arm["variant"]): sorted(tuple(pair) for pair in arm["ranges"]) for arm in arms}
    kept = {variant: _first(held.get(variant, []), weight) for variant, weight in weights.items()}
    free = _open(sorted(pair for pairs in kept.values() for pair in pairs), buckets)
    for variant, weight in weights.items():
        missing = weight - _size(kept[variant])
        kept[variant] = _joined([*kept[variant], *_first(free, missing)])
        free = _rest(free, missing)
    return [{"variant": variant, "ranges": [list(pair) for pair in pairs]} for variant, pairs in kept.items()]


def moves(before: Sequence[Arm], after: Sequence[Arm]) -> Moves:
    """How many buckets go from which variant to which other one; None stands for buckets that no arm covers."""
    found: Moves = {}
    left, right = _spans(before), _spans(after)
    edges = sorted({edge for low, high, _ in (*left, *right) for edge in (low, high)})
    for low, high in pairwise(edges):
        change = _holder(left, low), _holder(right, low)
        if change[0] != change[1]:
            found[change] = found.get(change, 0) + high - low
    return found


Span = tuple[int, int]


def _first(ranges: Sequence[Span], count: int) -> list[Span]:
    """The first `count` buckets of these ranges."""
    found = []
    for low, high in ranges:
        if count <= 0:
            break
        found.append((low, min(high, low + count)))
        count -= high - low
    return [pair for pair in found if pair[0] < pair[1]]


def _rest(ranges: Sequence[Span], count: int) -> list[Span]:
    """These ranges without their first `count` buckets."""
    found = []
    for low, high in ranges:
        taken = min(count, high - low)
        count -= taken
        found.append((low + taken, high))
    return [pair for pair in found if pair[0] < pair[1]]


def _open(ranges: Sequence[Span], buckets: int) -> list[Span]:
    found, at = [], 0
    for low, high in ranges:
        if low > at:
            found.append((at, low))
        at = max(at, high)
    return [*found, (at, buckets)] if at < buckets else found


def _joined(ranges: Sequence[Span]) -> list[Span]:
    found: list[Span] = []
    for low, high in sorted(ranges):
        if found and found[-1][1] == low:
            found[-1] = (found[-1][0], high)
        else:
            found.append((low, high))
    return found


def _size(ranges: Sequence[Span]) -> int:
    return sum(high - low for low, high in ranges)


def _spans(arms: Sequence[Arm]) -> list[tuple[int, int, str]]:
    return sorted((low, high, str(arm["variant"])) for arm in arms for low, high in arm["ranges"])


def _holder(spans: Sequence[tuple[int, int, str]], bucket: int) -> str | None:
    return next((variant for low, high, variant in spans if low <= bucket < high), None)
