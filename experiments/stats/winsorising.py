"""Where to cut what a few units spend, so that they do not decide the result: a cap that all arms share."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.stats.errors import InvalidData, NotEnoughData, require_share
from experiments.stats.moments import Vector

SHARE = 0.999  # of all units' totals that stay as they are


@dataclass(frozen=True, slots=True, eq=False)
class Capped:
    """The totals by arm after the cap, the cap in the metric's unit, and how many units it changed."""

    arms: tuple[Vector, ...]
    cap: float
    changed: int


def cap_totals(arms: Sequence[Vector], share: float = SHARE) -> Capped:
    """Caps each unit's total at the quantile `share` of all arms pooled; a cap per arm would hide the very difference.

    Arms have shape (n,). Report both: the capped metric is another metric. Raises InvalidData and NotEnoughData.
    """
    require_share(share=share)
    totals = np.concatenate([np.asarray(arm, np.float64) for arm in arms]) if arms else np.empty(0)
    if not totals.size:
        raise NotEnoughData("There are no units to find a cap from.")
    if not np.isfinite(totals).all():
        raise InvalidData("totals have to be finite numbers")
    cap = float(np.quantile(totals, share))
    return Capped(tuple(np.minimum(arm, cap) for arm in arms), cap, int((totals > cap).sum()))
