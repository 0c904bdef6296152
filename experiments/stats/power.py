"""What an experiment can find: power, smallest detectable effect, units it needs, days that are left.

Normal form: N = (z_alpha + z_beta)² (va / share_a + vb / share_b) / effect², counted over control and one treatment
together.
"""

import math
from dataclasses import dataclass, replace

from scipy import special

from experiments.stats.always_valid import reach, tuned_for
from experiments.stats.errors import InvalidData, NotEnoughData, require_positive, require_share
from experiments.stats.inference import critical


@dataclass(frozen=True, slots=True)
class Plan:
    """How a metric will be judged. Variances are of one unit; `treatment_share` is its part of both arms' units.

    `always_valid` plans for intervals that may be read at any time, at the number of units they are tuned for: they
    cost power. Raises InvalidData.
    """

    control_variance: float
    treatment_variance: float
    treatment_share: float = 0.5
    alpha: float = 0.05
    two_sided: bool = True
    always_valid: bool = False

    def __post_init__(self) -> None:
        require_positive(control_variance=self.control_variance, treatment_variance=self.treatment_variance)
        require_share(treatment_share=self.treatment_share, alpha=self.alpha)
        if self.always_valid and not self.two_sided:
            raise InvalidData("always-valid intervals have two sides")

    @property
    def threshold(self) -> float:
        """How many standard errors an estimate has to be away to count: 1.96 for one look at 5 %, 3.04 always-valid."""
        if self.always_valid:
            return float(reach(1, tuned_for(1, self.alpha), self.alpha))
        return critical(self.alpha / 2 if self.two_sided else self.alpha)

    @property
    def variance_of_one(self) -> float:
        """Variance of the difference, times the number of units in both arms."""
        share = self.treatment_share
        return self.control_variance / (1 - share) + self.treatment_variance / share


def plan_for_rate(rate: float, *, treatment_share: float = 0.5, alpha: float = 0.05) -> Plan:
    """A plan for a conversion rate, whose variance is rate (1 - rate)."""
    require_share(rate=rate)
    variance = rate * (1 - rate)
    return Plan(variance, variance, treatment_share, alpha)


def with_past(plan: Plan, correlation: float) -> Plan:
    """The plan with CUPED: both variances shrink to 1 - correlation² (Deng et al. 2013)."""
    if not -1 < correlation < 1:
        raise InvalidData(f"a correlation has to lie between -1 and 1, not {correlation}")
    kept = 1 - correlation**2
    return replace(
        plan, control_variance=plan.control_variance * kept, treatment_variance=plan.treatment_variance * kept
    )


def power_of(plan: Plan, *, units: float, effect: float) -> float:
    """The chance to find a true effect (in the metric's unit, above 0) with so many units in both arms."""
    require_positive(units=units, effect=effect)
    shift = effect / math.sqrt(plan.variance_of_one / units)
    wrong_side = float(special.ndtr(-plan.threshold - shift)) if plan.two_sided else 0.0
    return float(special.ndtr(shift - plan.threshold)) + wrong_side


def detectable_effect(plan: Plan, *, units: float, power: float = 0.8) -> float:
    """The smallest true effect, in the metric's unit, that so many units in both arms find with chance `power`."""
    require_positive(units=units)
    return _distance(plan, power) * math.sqrt(plan.variance_of_one / units)


def units_needed(plan: Plan, *, effect: float, power: float = 0.8) -> int:
    """How many units in both arms together find a true effect with chance `power`, rounded up."""
    require_positive(effect=effect)
    return math.ceil((_distance(plan, power) / effect) ** 2 * plan.variance_of_one)


def days_left(needed: int, *, units: int, units_per_day: float) -> int:
    """Whole days until `needed` units are there; 0 when they are. Raises NotEnoughData while nobody comes."""
    if units >= needed:
        return 0
    if units_per_day <= 0:
        raise NotEnoughData("No units arrive, so nobody knows when there will be enough.")
    return math.ceil((needed - units) / units_per_day)


def _distance(plan: Plan, power: float) -> float:
    require_share(power=power)
    if power <= plan.alpha:
        raise InvalidData("power has to be above alpha, which chance alone reaches")
    return plan.threshold + critical(1 - power)
