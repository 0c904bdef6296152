"""Whether units fell into the variants as planned: over all, day by day, and in each part of the units."""

from collections.abc import Mapping
from typing import Any

from experiments.results.asked import Asked
from experiments.stats.balance import ALARM_BELOW, running_balance, split_balance
from experiments.stats.errors import InvalidData, NotEnoughData


def balance_of(units: Mapping[str, int], asked: Asked, *, earlier: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """Planned shares, the units they were held against, and how likely a split this far from them is by chance.

    Once, and at every look (with the smallest p-value of all looks). Either one below 0.001 is a mismatch.
    """
    variants = sorted(asked.variants, key=lambda variant: variant.key)
    counts = [units.get(variant.key, 0) for variant in variants]
    weights = [variant.weight for variant in variants]
    once, ever = _once(counts, weights), _ever(counts, weights, earlier)
    total = sum(weights)
    return {
        "units": dict(units),
        "p_value": once,
        "sequential_p_value": ever,
        "mismatched": any(p is not None and p < ALARM_BELOW for p in (once, ever)),
        "expected": {variant.key: variant.weight / total if total > 0 else 0.0 for variant in asked.variants},
    }


def is_off(units: Mapping[str, int], asked: Asked, *, among: int) -> bool:
    """Whether one of so many parts of the units is off, each judged so that all together raise 0.001 false alarms."""
    p = balance_of(units, asked)["p_value"]
    return p is not None and p < ALARM_BELOW / max(among, 1)


def _once(counts: list[int], weights: list[float]) -> float | None:
    try:
        return split_balance(counts, weights).p_value
    except (NotEnoughData, InvalidData):
        return None


def _ever(counts: list[int], weights: list[float], earlier: Mapping[str, Any] | None) -> float | None:
    before = ((earlier or {}).get("balance") or {}).get("sequential_p_value")
    try:
        return running_balance(counts, weights, least_p=before or 1.0).p_value
    except (NotEnoughData, InvalidData):
        return None
