"""What one arm says about one metric: the average of its units, and how much a unit varies around it."""

from dataclasses import dataclass

import numpy as np

from experiments.stats.errors import InvalidData, NotEnoughData, require_finite
from experiments.stats.moments import Matrix, Moments, Vector


@dataclass(frozen=True, slots=True)
class Arm:
    """`mean` in the metric's unit, `variance` of one unit in its square: the mean's own variance is `variance / n`."""

    n: int
    mean: float
    variance: float

    def __post_init__(self) -> None:
        require_finite(mean=self.mean, variance=self.variance)
        if self.variance < 0:
            raise InvalidData("a variance cannot be negative")
        if self.n < 0:
            raise InvalidData(f"a number of units cannot be {self.n}")
        if self.n < 2:
            raise NotEnoughData(f"An arm needs at least two units; this one has {self.n}.")

    @property
    def variance_of_mean(self) -> float:
        """The square of the mean's standard error."""
        return self.variance / self.n


def mean_of(moments: Moments, column: int = 0) -> Arm:
    """The mean of one column. Raises NotEnoughData below two units."""
    return Arm(moments.n, float(moments.mean[column]), float(moments.covariance[column, column]))


def ratio_of(moments: Moments, numerator: int = 0, denominator: int = 1) -> Arm:
    """The ratio of two columns' means, its variance by the delta method.

    R = y / d and var = (Vy - 2 R Cyd + R² Vd) / d² (Deng, Knoblich and Lu, KDD 2018, section 3.1). Raises
    NotEnoughData when the denominator's mean cannot be told from zero (it is within three of its standard errors),
    where the method does not hold.
    """
    slopes = ratio_slopes(moments, numerator, denominator)
    ratio = float(moments.mean[numerator] / moments.mean[denominator])
    return Arm(moments.n, ratio, variance_along(slopes, moments.covariance))


def ratio_slopes(moments: Moments, numerator: int, denominator: int) -> Vector:
    """How the ratio of two means moves with each column's mean: shape (k,). Raises NotEnoughData as `ratio_of`."""
    mean = moments.mean[denominator]
    variance = moments.covariance[denominator, denominator]
    if mean * mean <= 9 * variance / moments.n:
        raise NotEnoughData("The denominator's mean cannot be told from zero, so there is no ratio yet.")
    slopes = np.zeros_like(moments.mean)
    slopes[numerator] += 1 / mean
    slopes[denominator] -= moments.mean[numerator] / mean**2
    return slopes


def variance_along(slopes: Vector, covariance: Matrix) -> float:
    """Variance of a linear combination of the columns; what rounding took below zero is zero."""
    return max(covariance_along(slopes, covariance, slopes), 0.0)


def covariance_along(left: Vector, covariance: Matrix, right: Vector) -> float:
    """Covariance of two linear combinations of the columns."""
    return float(left @ covariance @ right)
