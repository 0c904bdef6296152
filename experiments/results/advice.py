"""Which shares would show the worse variants to fewer users. Advice alone: nothing follows it by itself."""

import zlib
from collections.abc import Mapping
from typing import Any

import numpy as np

from experiments.results.asked import Asked
from experiments.results.stratified import Arms
from experiments.stats.bandits import advised_shares
from experiments.stats.errors import InvalidData, NotEnoughData


def advice_of(asked: Asked, arms: Mapping[str, Arms], digest: str) -> dict[str, Any] | None:
    """By the first goal; None while an arm has too few units. Drawn with a seed from the data, so that it repeats."""
    if not asked.goals:
        return None
    metric = asked.goals[0]
    names = sorted(variant.key for variant in asked.variants)
    known = [each.plain for each in arms[metric.key].within(*names) if each.plain is not None]
    if len(known) < len(names):
        return None
    generator = np.random.default_rng(zlib.crc32(f"{digest} {metric.key}".encode()))
    try:
        shares = advised_shares(known, generator, lower_is_better=metric.direction == "down")
    except (NotEnoughData, InvalidData):
        return None
    return {"shares": dict(zip(names, shares, strict=True))}
