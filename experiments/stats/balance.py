"""Whether units fell into the arms as they were meant to: a mismatch of the sample ratio voids every other result."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import special

from experiments.stats.errors import InvalidData, NotEnoughData, require_finite, require_positive
from experiments.stats.inference import inside
from experiments.stats.moments import Vector

ALARM_BELOW = 0.001  # looked at often and for every experiment, it may hardly ever be wrong
LEAST_EXPECTED = 5  # units in each arm, below which chi-square is no approximation


@dataclass(frozen=True, slots=True)
class Balance:
    """How likely a split this far from the intended one is by chance, and how many units each arm should have."""

    p_value: float
    expected: tuple[float, ...]

    @property
    def mismatched(self) -> bool:
        """Whether to raise the alarm: p below 0.001."""
        return self.p_value < ALARM_BELOW


def split_balance(counts: Sequence[int], weights: Sequence[float]) -> Balance:
    """Pearson's chi-square of the units per arm against the intended weights, looked at once.

    Weights of any sum; an arm of weight 0 takes no part, and a unit in it is a mismatch by itself. Raises InvalidData,
    and NotEnoughData while an arm expects fewer than five units.
    """
    observed, shares = _checked(counts, weights)
    expected = observed.sum() * shares
    meant = shares > 0
    if expected[meant].min() < LEAST_EXPECTED:
        raise NotEnoughData(f"An arm expects fewer than {LEAST_EXPECTED} units, too few to judge the split.")
    if observed[~meant].any():
        return Balance(inside(0.0), tuple(expected.tolist()))
    distance = ((observed[meant] - expected[meant]) ** 2 / expected[meant]).sum()
    p = float(special.chdtrc(int(meant.sum()) - 1, distance))
    return Balance(inside(p), tuple(expected.tolist()))


def running_balance(
    counts: Sequence[int], weights: Sequence[float], *, least_p: float = 1.0, concentration: float = 100.0
) -> Balance:
    """The same at every look, with the chance of ever a false alarm held: 1 / Bayes factor against a Dirichlet prior.

    Lindon and Malek, NeurIPS 2022: BF = G(A) / G(A + n) prod G(a_i + x_i) / G(a_i) theta_i^-x_i with a_i =
    concentration theta_i. `least_p` is the smallest p-value of the looks before; what comes back is never above it.
    """
    require_positive(concentration=concentration)
    observed, shares = _checked(counts, weights)
    expected = tuple((observed.sum() * shares).tolist())
    meant = shares > 0
    if observed[~meant].any():
        return Balance(inside(0.0), expected)
    seen, theta = observed[meant], shares[meant]
    prior = concentration * theta
    log_factor = (
        special.gammaln(concentration)
        - special.gammaln(concentration + seen.sum())
        + (special.gammaln(prior + seen) - special.gammaln(prior) - seen * np.log(theta)).sum()
    )
    return Balance(inside(min(least_p, float(np.exp(min(-log_factor, 0.0))))), expected)


def _checked(counts: Sequence[int], weights: Sequence[float]) -> tuple[Vector, Vector]:
    if len(counts) != len(weights):
        raise InvalidData(f"{len(counts)} arms were counted, and {len(weights)} have a weight")
    for number, weight in zip(counts, weights, strict=True):
        require_finite(count=number, weight=weight)
        if number < 0 or weight < 0:
            raise InvalidData("a count or a weight cannot be negative")
    shares = np.array(weights, np.float64)
    if (shares > 0).sum() < 2:
        raise InvalidData("a split needs two arms with a weight above 0")
    return np.array(counts, np.float64), shares / shares.sum()
