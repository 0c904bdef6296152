"""What is kept of the units of one arm: how many, the means of their columns, and how these vary together.

A unit is what was randomised; its columns are what was summed over it, for example revenue, orders, revenue before.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt

from experiments.stats.errors import LARGEST, InvalidData, NotEnoughData

Vector = npt.NDArray[np.float64]
Matrix = npt.NDArray[np.float64]

_ROUNDING = 1e-9  # by which engines may miss the inequality of Cauchy and Schwarz
_NOISE = 64 * np.finfo(np.float64).eps  # of a mean, relative
_LARGEST_VALUE = 1e50  # whose squares can be summed over a trillion units
_VANISHING = 1e-150  # a deviation whose square floats no longer hold


@dataclass(frozen=True, slots=True, eq=False)
class Moments:
    """The sums of n units with k columns.

    `mean` has shape (k,); `comoment` has shape (k, k): sums of products of deviations from the means, in units of one
    column times another. Sums of squares are not kept: at a mean of 1e9 and a standard deviation of 1 nothing would be
    left of them. Raises InvalidData.
    """

    n: int
    mean: Vector
    comoment: Matrix

    def __post_init__(self) -> None:
        if self.n < 0:
            raise InvalidData(f"a number of units cannot be {self.n}")
        if self.mean.ndim != 1 or self.comoment.shape != (self.mean.size, self.mean.size):
            raise InvalidData(f"means of shape {self.mean.shape} do not fit a matrix of shape {self.comoment.shape}")
        if not ((np.abs(self.mean) <= LARGEST).all() and (np.abs(self.comoment) <= LARGEST).all()):
            raise InvalidData(f"means and covariances have to be finite numbers up to {LARGEST:g}")
        _require_covariances(self)

    @property
    def covariance(self) -> Matrix:
        """Shape (k, k), with n - 1 as divisor. Raises NotEnoughData below two units."""
        if self.n < 2:
            raise NotEnoughData(f"An arm needs at least two units; this one has {self.n}.")
        return self.comoment / (self.n - 1)


def moments_of(rows: npt.ArrayLike) -> Moments:
    """From the units themselves: shape (n, k), or (n,) for one column. Raises InvalidData."""
    values = np.asarray(rows, dtype=np.float64)
    if values.ndim == 1:
        values = values[:, np.newaxis]
    if values.ndim != 2:
        raise InvalidData(f"units have to be rows of columns, not an array of shape {values.shape}")
    n, columns = values.shape
    if n == 0:
        return Moments(0, np.zeros(columns), np.zeros((columns, columns)))
    if not (np.abs(values) <= _LARGEST_VALUE).all():
        raise InvalidData(f"the values of units have to be finite numbers up to {_LARGEST_VALUE:g}")
    centre = values.mean(axis=0)
    deviations = values - centre
    rest = deviations.mean(axis=0)  # what rounding left in the mean
    deviations -= rest
    return Moments(n, centre + rest, deviations.T @ deviations)


def moments_from(n: int, mean: Sequence[float], covariance: Sequence[Sequence[float]]) -> Moments:
    """From what an engine computed: means of shape (k,), and covariances of shape (k, k) with n - 1 as divisor."""
    return Moments(n, np.array(mean, np.float64), np.array(covariance, np.float64) * max(n - 1, 0))


def merge(parts: Sequence[Moments]) -> Moments:
    """The moments of all units of the parts together (Chan, Golub and LeVeque 1979). Raises InvalidData."""
    if not parts:
        raise InvalidData("there is nothing to merge")
    if len({part.mean.size for part in parts}) > 1:
        raise InvalidData("moments with different columns cannot be merged")
    return reduce(_merge_two, parts)


def _merge_two(left: Moments, right: Moments) -> Moments:
    n = left.n + right.n
    if left.n == 0 or right.n == 0:
        return right if left.n == 0 else left
    apart = right.mean - left.mean
    mean = left.mean + apart * (right.n / n)
    between = np.outer(apart, apart) * (left.n * right.n / n)
    return Moments(n, mean, left.comoment + right.comoment + between)


def _require_covariances(moments: Moments) -> None:
    spreads = np.diag(moments.comoment)
    if (spreads < 0).any():
        raise InvalidData("a variance cannot be negative")
    # a column that never varies has rounding for a variance, and rounding knows no inequality
    roots = np.sqrt(spreads + moments.n * (_NOISE * moments.mean) ** 2) + _VANISHING
    allowed = np.outer(roots, roots)
    if (np.abs(moments.comoment - moments.comoment.T) > allowed * _ROUNDING).any():
        raise InvalidData("a matrix of covariances has to be symmetric")
    if (np.abs(moments.comoment) > allowed * (1 + _ROUNDING)).any():
        raise InvalidData("a covariance is larger than its two variances allow")
