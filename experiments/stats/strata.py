"""How far two arms are apart when their units are compared within strata first: countries, or times of equal shares.

Miratrix, Sekhon and Yu, J. R. Statist. Soc. B 75 (2013). It takes out what differs between strata, and is a must where
the split changed while the experiment ran: pooled, arms would then differ by when their units came (Simpson's
paradox).
"""

import math
from collections.abc import Sequence

from experiments.stats.arms import Arm
from experiments.stats.errors import NotEnoughData
from experiments.stats.estimates import Estimate, difference


def stratified_difference(strata: Sequence[tuple[Arm, Arm]]) -> Estimate:
    """Treatment minus control from (control, treatment) of each stratum, weighed by its share w of all units.

    V = sum w² V_k + sum w (d_k - d)² / N: the second term because the shares are themselves drawn. Degrees of freedom
    by Satterthwaite. Raises NotEnoughData where a stratum cannot be compared; join it with another one.
    """
    if not strata:
        raise NotEnoughData("There are no strata to compare.")
    total = sum(control.n + treatment.n for control, treatment in strata)
    weights = [(control.n + treatment.n) / total for control, treatment in strata]
    apart = [difference(control, treatment) for control, treatment in strata]
    value = math.fsum(w * d.value for w, d in zip(weights, apart, strict=True))
    within = [(w * d.standard_error) ** 2 for w, d in zip(weights, apart, strict=True)]
    between = math.fsum(w * (d.value - value) ** 2 for w, d in zip(weights, apart, strict=True)) / total
    whole = math.fsum(within)
    freedom = 1 / math.fsum((v / whole) ** 2 / d.degrees_of_freedom for v, d in zip(within, apart, strict=True))
    return Estimate(value, math.sqrt(whole + between), freedom)
