"""Why one number should be read with care."""

import math

from experiments.results.asked import AskedMetric
from experiments.results.methods import Judging
from experiments.results.notes import Note, note
from experiments.results.pairs import Pair
from experiments.stats.arms import Arm
from experiments.stats.cautions import cautions

_MOST_SKEWED = 1e6  # beyond, a number of units that would be enough says nothing any more


def careful(pair: Pair, metric: AskedMetric, judging: Judging) -> list[Note]:
    """Few units, rare outcomes, values that a few units decide, and looks before the planned end."""
    plan = judging.plan
    found = cautions(
        pair.control.n,
        pair.treatment.n,
        skewness=_least_skewness(pair, metric),
        rarest=_rarest(pair),
        planned_units=judging.planned_units if plan.planned_units else None,
        may_peek=plan.method != "fixed",
    )
    notes = [note(caution.code, caution.sentence) for caution in found]
    if pair.is_adjusted:
        told = "The value is as measured; difference, lift and interval leave out what units did before they took part."
        notes.append(note("adjusted_by_past", told))
    return notes


def _least_skewness(pair: Pair, metric: AskedMetric) -> float:
    """Of a value that is never below zero the skewness is at least c - 1/c, with c its deviation over its mean.

    More is not known from moments. It follows from E y³ E y >= (E y²)², with equality where all units that count count
    the same.
    """
    if metric.kind not in ("count", "mean"):
        return 0.0
    return max(_skewness(arm) for arm in (pair.control, pair.treatment))


def _skewness(arm: Arm) -> float:
    if arm.mean <= 0 or arm.variance == 0:
        return 0.0
    relative = math.sqrt(arm.variance) / arm.mean
    return min(max(relative - 1 / relative, 0.0), _MOST_SKEWED)


def _rarest(pair: Pair) -> int | None:
    if pair.conversions is None:
        return None
    return min(min(arm.converted, arm.n - arm.converted) for arm in pair.conversions)
