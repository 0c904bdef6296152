"""Which share of the units each arm should get next, so that fewer see the worse ones: advice by Thompson sampling.

Thompson (1933); Russo, Van Roy, Kazerouni, Osband and Wen, A Tutorial on Thompson Sampling (2018). Shares that change
over time confound arms with time: judge such an experiment by strata of equal shares.
"""

from collections.abc import Sequence

import numpy as np

from experiments.stats.arms import Arm
from experiments.stats.errors import InvalidData, NotEnoughData, require_positive

LEAST_UNITS = 100  # in each arm, below which its mean is too uncertain to steer by


def advised_shares(
    arms: Sequence[Arm],
    generator: np.random.Generator,
    *,
    floor: float = 0.05,
    draws: int = 10_000,
    lower_is_better: bool = False,
) -> tuple[float, ...]:
    """Shares by arm, which sum to 1: each gets `floor`, and the rest by its chance to be the best.

    Chances come from `draws` draws of `generator`, so they are sure to about 1 / sqrt(draws). Raises InvalidData, and
    NotEnoughData until each arm has 100 units.
    """
    require_positive(draws=draws)
    if len(arms) < 2:
        raise InvalidData("there is nothing to choose from with fewer than two arms")
    if not 0 <= floor * len(arms) <= 1:
        raise InvalidData(f"{len(arms)} arms cannot each get at least {floor}")
    if min(arm.n for arm in arms) < LEAST_UNITS:
        raise NotEnoughData(f"Each arm needs at least {LEAST_UNITS} units before its share can follow its results.")
    means = np.array([arm.mean for arm in arms])
    errors = np.sqrt([arm.variance_of_mean for arm in arms])
    drawn = generator.normal(means, errors, size=(draws, len(arms)))
    best = (-drawn if lower_is_better else drawn).argmax(axis=1)
    chances = np.bincount(best, minlength=len(arms)) / draws
    return tuple((floor + (1 - floor * len(arms)) * chances).tolist())
