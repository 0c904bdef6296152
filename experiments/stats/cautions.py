"""Why a result should be read with care, in sentences for people."""

from experiments.stats.errors import require_finite

LEAST_UNITS = 100  # in an arm, below which the average of most metrics is not normal
LEAST_CONVERSIONS = 25  # or units without one, in an arm; at 10 to 25 of a tenth of the units 5 % are up to 6.5 %
UNITS_PER_SQUARED_SKEWNESS = 355  # Kohavi, Deng, Longbotham and Xu, KDD 2014, rule 7


def cautions(
    control_units: int,
    treatment_units: int,
    *,
    skewness: float = 0.0,
    rarest: int | None = None,
    planned_units: int | None = None,
    may_peek: bool = False,
) -> list[str]:
    """What to tell beside a result; empty when there is nothing.

    `rarest` is the smallest number of units with one outcome of a binary metric in an arm; `skewness` is that of one
    unit's value, without unit; `planned_units` is the end that was fixed for both arms together; `may_peek` says that
    the method allows looks before that end.
    """
    require_finite(skewness=skewness)
    smaller = min(control_units, treatment_units)
    found = []
    if smaller < LEAST_UNITS:
        found.append(f"An arm has only {smaller} units; below {LEAST_UNITS} intervals and p-values are rough.")
    if rarest is not None and rarest < LEAST_CONVERSIONS:
        found.append(
            f"One outcome was seen only {rarest} times in an arm; below {LEAST_CONVERSIONS} p-values are rough."
        )
    needed = UNITS_PER_SQUARED_SKEWNESS * skewness**2
    if smaller < needed:
        found.append(
            f"A few units decide this metric (skewness {skewness:.1f}): about {needed:,.0f} units per arm are needed. "
            "Cap the metric or wait."
        )
    if not may_peek and planned_units is None:
        found.append(
            "No end was planned. This result holds for one look at a fixed end, not for looking until it is good."
        )
    if not may_peek and planned_units is not None and control_units + treatment_units < planned_units:
        found.append(
            f"Too early: {control_units + treatment_units:,} of {planned_units:,} planned units. "
            "Deciding before the end raises the chance of a false alarm."
        )
    return found
