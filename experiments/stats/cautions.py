"""Why a result should be read with care, in sentences for people."""

from typing import Literal, NamedTuple

from experiments.stats.errors import require_finite

LEAST_UNITS = 100  # in an arm, below which the average of most metrics is not normal
LEAST_CONVERSIONS = 25  # or units without one, in an arm; at 10 to 25 of a tenth of the units 5 % are up to 6.5 %
UNITS_PER_SQUARED_SKEWNESS = 355  # Kohavi, Deng, Longbotham and Xu, KDD 2014, rule 7

Code = Literal["small_arm", "rare_outcome", "skewed", "no_planned_end", "before_planned_end"]


class Caution(NamedTuple):
    """`code` is for programs, `sentence` for people."""

    code: Code
    sentence: str


def cautions(
    control_units: int,
    treatment_units: int,
    *,
    skewness: float = 0.0,
    rarest: int | None = None,
    planned_units: int | None = None,
    may_peek: bool = False,
) -> list[Caution]:
    """What to tell beside a result; empty when there is nothing.

    `rarest` is the smallest number of units with one outcome of a binary metric in an arm; `skewness` is that of one
    unit's value, without unit; `planned_units` is the end that was fixed for both arms together; `may_peek` says that
    the method allows looks before that end.
    """
    require_finite(skewness=skewness)
    smaller = min(control_units, treatment_units)
    found = []
    if smaller < LEAST_UNITS:
        told = f"An arm has only {smaller} units; below {LEAST_UNITS} intervals and p-values are rough."
        found.append(Caution("small_arm", told))
    if rarest is not None and rarest < LEAST_CONVERSIONS:
        told = f"One outcome was seen only {rarest} times in an arm; below {LEAST_CONVERSIONS} p-values are rough."
        found.append(Caution("rare_outcome", told))
    needed = UNITS_PER_SQUARED_SKEWNESS * skewness**2
    if smaller < needed:
        told = (
            f"A few units decide this metric (skewness {skewness:.1f}): about {needed:,.0f} units per arm are needed."
        )
        found.append(Caution("skewed", f"{told} Cap the metric or wait."))
    if not may_peek and planned_units is None:
        told = "No end was planned. This result holds for one look at a fixed end, not for looking until it is good."
        found.append(Caution("no_planned_end", told))
    if not may_peek and planned_units is not None and control_units + treatment_units < planned_units:
        told = f"Too early: {control_units + treatment_units:,} of {planned_units:,} planned units."
        found.append(
            Caution("before_planned_end", f"{told} Deciding before the end raises the chance of a false alarm.")
        )
    return found
