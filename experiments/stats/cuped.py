"""What arms average once it is taken out what their units did before the experiment (CUPED).

Deng, Xu, Kohavi and Walker, WSDM 2013. A unit without a past has the value 0 there. theta = Cov / Var comes from all
arms pooled, so that all are moved by the same rule; the difference stays unbiased, its variance shrinks by the squared
correlation.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from experiments.stats.arms import Arm, covariance_along, mean_of, ratio_of, ratio_slopes, variance_along
from experiments.stats.errors import NotEnoughData
from experiments.stats.moments import Moments, Vector, merge


@dataclass(frozen=True, slots=True)
class Adjusted:
    """The arms in the order they came in; `theta` is 0 where the past varies with nobody and nothing was taken out."""

    arms: tuple[Arm, ...]
    theta: float


def adjusted_means(arms: Sequence[Moments], *, metric: int = 0, past: int = 1) -> Adjusted:
    """Means of the column `metric`, adjusted by the column `past`: y - theta (x - mean of x over all arms)."""
    slopes = np.eye(arms[0].mean.size)
    plain = [mean_of(arm, metric) for arm in arms]
    pasts = [mean_of(arm, past) for arm in arms]
    total = merge(arms)
    theta = _theta(total, slopes[metric], slopes[past])
    expected = float(total.mean[past])
    moved = (
        _moved(arm, own, theta, before.mean - expected, slopes[metric] - theta * slopes[past])
        for arm, own, before in zip(arms, plain, pasts, strict=True)
    )
    return Adjusted(tuple(moved), theta)


def adjusted_ratios(
    arms: Sequence[Moments], *, metric: tuple[int, int] = (0, 1), past: tuple[int, int] = (2, 3)
) -> Adjusted:
    """Ratios of two columns, adjusted by the ratio of two others: the same on both ratios' linear forms.

    Where the past's denominator cannot be told from zero, nothing is taken out. Raises NotEnoughData as `ratio_of` for
    the metric.
    """
    plain = [ratio_of(arm, *metric) for arm in arms]
    total = merge(arms)
    try:
        pasts = [ratio_of(arm, *past) for arm in arms]
        expected = ratio_of(total, *past).mean
    except NotEnoughData:
        return Adjusted(tuple(plain), 0.0)
    theta = _theta(total, ratio_slopes(total, *metric), ratio_slopes(total, *past))
    moved = (
        _moved(arm, own, theta, before.mean - expected, ratio_slopes(arm, *metric) - theta * ratio_slopes(arm, *past))
        for arm, own, before in zip(arms, plain, pasts, strict=True)
    )
    return Adjusted(tuple(moved), theta)


def _theta(total: Moments, metric: Vector, past: Vector) -> float:
    variance = variance_along(past, total.covariance)
    return covariance_along(metric, total.covariance, past) / variance if variance > 0 else 0.0


def _moved(moments: Moments, arm: Arm, theta: float, ahead: float, slopes: Vector) -> Arm:
    return Arm(arm.n, arm.mean - theta * ahead, variance_along(slopes, moments.covariance))
