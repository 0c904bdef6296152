"""How many units, and how many days, it takes to find an effect that is worth finding.

The statistics are loaded when somebody asks: the process that serves flags does without them until then.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from accounts.errors import Invalid
from experiments.metrics.plans import MAX_UNITS
from experiments.metrics.validation import MAX_EFFECT, number, whole
from flags.cleaners import Cleaner, boolean, clean_all
from flags.serves import MAX_VARIANTS

if TYPE_CHECKING:
    from experiments.stats.power import Plan

LEAST = 1e-12  # of everything that is multiplied or squared: what is far smaller would vanish
MOST = 1e12  # of a metric's mean and deviation


class InvalidPlanning(Invalid):
    """What is given does not say what to plan for; `fields` names what is wrong."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__("Some of the input is not valid; see fields.", fields=fields)


@dataclass(frozen=True, slots=True)
class SampleSize:
    """Units that take part, in each variant and in all; days where it is known how many come in one."""

    units_per_variant: int
    units: int
    days: int | None
    effect: float  # in the metric's unit


def sample_size(given: Mapping[str, Any]) -> SampleSize:
    """What finds `minimum_effect` (relative) with chance `power`: of a `rate`, or of a `mean` with its `deviation`.

    Variants share the units evenly, and each is compared with the control at (1 - confidence) / comparisons, so that
    the plan holds for several of them. Raises InvalidPlanning.
    """
    from experiments.stats.errors import InvalidData
    from experiments.stats.power import days_left, units_needed

    values = _cleaned(given)
    baseline, plan = _plan_for(values)
    effect = values["minimum_effect"] * abs(baseline)
    try:
        pair = units_needed(plan, effect=effect, power=values["power"])
    except InvalidData as error:
        raise InvalidPlanning({"power": [f"This cannot be planned for: {error}."]}) from error
    each = math.ceil(pair / 2)
    units = each * values["variants"]
    daily = values.get("units_per_day")
    days = days_left(units, units=0, units_per_day=daily) if daily else None
    return SampleSize(each, units, days, effect)


def _plan_for(values: Mapping[str, Any]) -> "tuple[float, Plan]":
    """The value without the effect, and the normal form of the comparison."""
    from experiments.stats.power import Plan, with_past

    baseline = values["rate"] if "rate" in values else values["mean"]
    variances = _variances_of_rate(values) if "rate" in values else (values["deviation"] ** 2,) * 2
    alpha = (1 - values["confidence"]) / (values["variants"] - 1)
    control, treatment = variances
    plan = Plan(control, treatment, alpha=alpha, always_valid=values["always_valid"])
    return baseline, with_past(plan, values["correlation"])


def _variances_of_rate(values: Mapping[str, Any]) -> tuple[float, float]:
    rate = values["rate"]
    raised = rate * (1 + values["minimum_effect"])
    if raised >= 1:
        sentence = f"A rate of {rate:g} cannot rise by so much: it would be above 1. Give a smaller effect."
        raise InvalidPlanning({"minimum_effect": [sentence]})
    return rate * (1 - rate), raised * (1 - raised)


def _cleaned(given: Mapping[str, Any]) -> dict[str, Any]:
    values, problems = clean_all({name: value for name, value in given.items() if value is not None}, _CLEANERS)
    for name, sentence in _REQUIRED.items():
        if name not in given or given[name] is None:
            problems.setdefault(name, [sentence])
    if not problems and ("rate" in values) == ("mean" in values):
        problems["rate"] = ["Give the rate, or the mean and the deviation: what the metric is without the effect."]
    if not problems and ("mean" in values) != ("deviation" in values):
        problems["deviation"] = ["Give the mean and the standard deviation together."]
    if problems:
        raise InvalidPlanning(problems)
    return {**_DEFAULTS, **values}


_REQUIRED = {"minimum_effect": "Give the smallest relative effect that is worth finding, as in 0.02 for 2 %."}
_DEFAULTS = {"power": 0.8, "confidence": 0.95, "variants": 2, "correlation": 0.0, "always_valid": True}
_CLEANERS: dict[str, Cleaner] = {
    "rate": number(lambda value: LEAST <= value < 1, f"Give a share from {LEAST} and below 1, as in 0.05."),
    "mean": number(
        lambda value: LEAST <= abs(value) <= MOST, f"Give a number other than 0, of size {LEAST} to {MOST:,.0f}."
    ),
    "deviation": number(
        lambda value: LEAST <= value <= MOST, f"Give the standard deviation of one unit, from {LEAST} to {MOST:,.0f}."
    ),
    "minimum_effect": number(
        lambda value: LEAST <= value <= MAX_EFFECT, f"Give a share from {LEAST} to {MAX_EFFECT}, as in 0.02 for 2 %."
    ),
    "power": number(lambda value: 0.5 <= value <= 0.99, "Give a chance from 0.5 to 0.99, as in 0.8."),
    "confidence": number(lambda value: 0.5 <= value <= 0.999, "Give a level from 0.5 to 0.999, as in 0.95."),
    "variants": whole(2, MAX_VARIANTS, "variants"),
    "correlation": number(lambda value: -1 < value < 1, "Give a correlation above -1 and below 1."),
    "always_valid": boolean,
    "units_per_day": number(
        lambda value: LEAST <= value <= MAX_UNITS, f"Give how many units come in a day, from {LEAST} to {MAX_UNITS:,}."
    ),
}
