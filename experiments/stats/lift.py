"""How large a difference is relative to control, with an interval that knows that control is uncertain too."""

import math
from dataclasses import dataclass

from experiments.stats.arms import Arm
from experiments.stats.errors import NotEnoughData, require_finite, require_positive, require_share
from experiments.stats.estimates import difference
from experiments.stats.inference import Interval, critical


@dataclass(frozen=True, slots=True)
class Lift:
    """Shares of the size of control's mean: 0.05 is 5 % more, also where control's mean is negative."""

    value: float
    interval: Interval


def lift(control: Arm, treatment: Arm, confidence: float = 0.95) -> Lift:
    """(treatment - control) / |control| with the interval of Fieller (J. R. Statist. Soc. B 16, 1954).

    The interval holds 0 exactly when that of the absolute difference does, so one p-value serves both. It is not
    symmetric. Raises NotEnoughData when control's mean cannot be told from zero: then any lift is compatible with the
    data.
    """
    require_share(confidence=confidence)
    return lift_within(
        control, treatment, critical((1 - confidence) / 2, difference(control, treatment).degrees_of_freedom)
    )


def lift_within(control: Arm, treatment: Arm, reach: float) -> Lift:
    """The same for an interval of the difference that reaches so many standard errors to either side."""
    require_positive(reach=reach)
    a, b = control.variance_of_mean, treatment.variance_of_mean
    if control.mean**2 <= reach**2 * a:
        raise NotEnoughData("Control's mean cannot be told from zero, so nothing can be said relative to it.")
    ratio = treatment.mean / control.mean
    g = reach**2 * a / control.mean**2
    half = reach / abs(control.mean) * math.sqrt(b * (1 - g) + ratio * ratio * a)
    require_finite(lift=ratio, half_of_its_interval=half / (1 - g))
    low, high = (ratio - half) / (1 - g) - 1, (ratio + half) / (1 - g) - 1
    if control.mean < 0:
        return Lift(1 - ratio, Interval(-high, -low))
    return Lift(ratio - 1, Interval(low, high))
