"""What may be concluded at looks that were planned: bounds that spend the chance of a false alarm look by look.

Lan and DeMets, Biometrika 70 (1983), with the spending functions named after O'Brien and Fleming (hardly anything
early) and Pocock (evenly). More power than always-valid intervals where the end is known. A look's fraction is its
units over the planned units.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import optimize, special

from experiments.stats.errors import InvalidData, require_share
from experiments.stats.estimates import Estimate
from experiments.stats.inference import Interval, critical, inside
from experiments.stats.moments import Vector

Shape = Literal["obrien-fleming", "pocock"]

_CLOSEST = 0.009  # looks nearer than 1 % of the plan would need a finer grid
_FARTHEST = 8.0  # standard errors; the chance beyond is 6e-16
_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(256)


@dataclass(frozen=True, slots=True)
class Look:
    """`bound` in standard errors; interval and p-value are the repeated ones of Jennison and Turnbull (1989).

    They agree with the bound: `crossed`, that the experiment may stop here with a result, is when 0 lies outside.
    """

    bound: float
    interval: Interval
    p_value: float
    crossed: bool


def spent(fraction: float, alpha: float, shape: Shape) -> float:
    """How much of a one-sided `alpha` may be spent up to this fraction of the plan."""
    if shape == "obrien-fleming":
        return 2 * float(special.ndtr(-critical(alpha / 2) / math.sqrt(fraction)))
    return alpha * math.log1p((math.e - 1) * fraction)


def bounds(fractions: Sequence[float], alpha: float = 0.05, shape: Shape = "obrien-fleming") -> tuple[float, ...]:
    """|z| above which to stop at each look, two-sided: at most alpha / 2 on either side over all looks together.

    Found by the recursive integration of Armitage, McPherson and Rowe (1969). Fractions rise, end at 1 or before it,
    and lie at least 1 % apart. Raises InvalidData.
    """
    require_share(alpha=alpha)
    _require_looks(fractions)
    if shape not in ("obrien-fleming", "pocock"):
        raise InvalidData(f"there is no spending function {shape!r}")
    targets = np.diff([0.0, *(spent(fraction, alpha / 2, shape) for fraction in fractions)])
    places, mass, before = np.zeros(1), np.ones(1), 0.0  # everything starts at 0, at time 0
    found: list[float] = []
    for fraction, target in zip(fractions, targets, strict=True):
        step = math.sqrt(fraction - before)
        bound = _bound(places, mass, step, math.sqrt(fraction), float(target))
        places, mass = _carried(places, mass, step, bound * math.sqrt(fraction))
        found.append(bound)
        before = fraction
    return tuple(found)


def look(
    estimate: Estimate, fractions: Sequence[float], *, confidence: float = 0.95, shape: Shape = "obrien-fleming"
) -> Look:
    """The last of the looks at these fractions, all looks so far included."""
    require_share(confidence=confidence)
    alpha = 1 - confidence
    z = abs(estimate.value) / estimate.standard_error
    bound = bounds(fractions, alpha, shape)[-1]
    half = bound * estimate.standard_error
    whole = Interval(estimate.value - half, estimate.value + half)
    return Look(bound, whole, _repeated_p_value(z, fractions, shape), z >= bound)


def _repeated_p_value(z: float, fractions: Sequence[float], shape: Shape) -> float:
    """The smallest alpha at which this look's bound would be crossed."""

    def short_of(log_alpha: float) -> float:
        return bounds(fractions, math.exp(log_alpha), shape)[-1] - z

    least, most = math.log(1e-12), math.log(1 - 1e-9)
    if short_of(least) <= 0:
        return math.exp(least)
    if short_of(most) >= 0:
        return inside(1.0)
    return inside(math.exp(optimize.brentq(short_of, least, most, xtol=1e-9)))


def _bound(places: Vector, mass: Vector, step: float, scale: float, target: float) -> float:
    def too_much(bound: float) -> float:
        return float(mass @ special.ndtr((places - bound * scale) / step)) - target

    if too_much(_FARTHEST) >= 0:
        return _FARTHEST
    if too_much(0.0) <= 0:
        return 0.0
    return float(optimize.brentq(too_much, 0.0, _FARTHEST, xtol=1e-12))


def _carried(places: Vector, mass: Vector, step: float, edge: float) -> tuple[Vector, Vector]:
    """Where those who have not stopped stand one look later: nodes inside the bounds, and the chance at each."""
    nodes = edge * _NODES
    density = np.exp(-(((nodes[:, np.newaxis] - places) / step) ** 2) / 2) @ mass / (step * math.sqrt(2 * math.pi))
    return nodes, density * edge * _WEIGHTS


def _require_looks(fractions: Sequence[float]) -> None:
    if not fractions or not fractions[0] > 0 or not fractions[-1] <= 1:
        raise InvalidData("looks have to lie above 0 and not after 1, the planned end")
    if any(not later - sooner >= _CLOSEST for sooner, later in zip((0.0, *fractions[:-1]), fractions, strict=True)):
        raise InvalidData("looks have to rise by at least 1 % of the plan each")
