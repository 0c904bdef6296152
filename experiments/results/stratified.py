"""What arms average where the split changed on the way: units are compared within times of equal shares.

Pooled, arms would then differ by when their units came (Simpson's paradox). Each time counts by its share of all units,
as `experiments/stats/strata.py` weighs strata; an average per arm, instead of one difference, is what every method of
judging takes.
"""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from experiments.analysis.sums import Cell, MetricSums
from experiments.analysis.times import time_of
from experiments.results.asked import Asked, AskedMetric
from experiments.results.measured import NOBODY, Measured, measured, measured_quantiles, merged
from experiments.results.pairs import progress_of
from experiments.stats.always_valid import BURN_IN
from experiments.stats.arms import Arm
from experiments.stats.moments import Moments

Cells = Mapping[Cell, Moments]


@dataclass(frozen=True, slots=True)
class Arms:
    """What each variant's units did: all of them together, and in each time of equal shares where there are several."""

    metric: AskedMetric
    pooled: Mapping[str, Measured]
    times: Sequence[Mapping[str, Measured]] | None = None

    def within(self, *names: str) -> list[Measured]:
        """These variants as they are compared, the control first; units, values and totals stay those of all units.

        Times in which too few units that count are expected in one of them are left out: how far so few vary is not
        known, and a time counts by all of its units, so that 1 % for a treatment at first gave 33 % false alarms.
        """
        found = [self.pooled.get(name, NOBODY) for name in names]
        if self.times is None:
            return found
        told = [time for time in self.times if self._says_enough([time.get(name, NOBODY) for name in names])]
        is_adjusted = bool(told) and all(time[name].is_adjusted for time in told for name in names)
        plain = _joined(told, names, _plain_of)
        arms = _joined(told, names, _arm_of) if is_adjusted else plain
        return [
            replace(each, arm=arms.get(name), plain=plain.get(name), conversions=None, is_adjusted=is_adjusted)
            for name, each in zip(names, found, strict=True)
        ]

    def _says_enough(self, arms: Sequence[Measured]) -> bool:
        if any(arm.plain is None for arm in arms):
            return False
        control, *others = arms
        return all(progress_of(self.metric, control, other).expected >= BURN_IN for other in others)


def arms_of_cells(metric: AskedMetric, cells: Cells, asked: Asked) -> Arms:
    def told(some: Cells) -> dict[str, Measured]:
        return measured(metric, merged(some), uses_past=asked.plan.uses_past)

    return Arms(metric, told(cells), [told(time) for time in _times(cells, asked)] if asked.split_days else None)


def arms_of_quantiles(metric: AskedMetric, sums: MetricSums, asked: Asked) -> Arms:
    """Of the times it is the average of their quantiles that is compared."""
    by_time = sums.quantiles_by_time
    times = [measured_quantiles(by_time[time]) for time in sorted(by_time)]
    return Arms(metric, measured_quantiles(sums.quantiles), times if asked.split_days else None)


def _plain_of(found: Measured) -> Arm | None:
    return found.plain


def _arm_of(found: Measured) -> Arm | None:
    return found.arm


def _times(cells: Cells, asked: Asked) -> list[dict[Cell, Moments]]:
    found: dict[int, dict[Cell, Moments]] = {}
    for cell, moments in cells.items():
        found.setdefault(time_of(cell.day, asked.split_days), {})[cell] = moments
    return [found[time] for time in sorted(found)]


def _joined(
    times: Sequence[Mapping[str, Measured]], names: Sequence[str], arm_of: Callable[[Measured], Arm | None]
) -> dict[str, Arm]:
    """One arm per variant. How far times differ in their differences counts as noise of the treatment."""
    arms = {name: [arm for time in times if (arm := arm_of(time[name])) is not None] for name in names}
    counts = [sum(arms[name][at].n for name in names) for at in range(len(times))]
    total = sum(counts)
    if not total:
        return {}
    shares = [count / total for count in counts]
    control = arms[names[0]]
    return {name: _one(arms[name], control, shares, total) for name in names}


def _one(arms: Sequence[Arm], control: Sequence[Arm], shares: Sequence[float], total: int) -> Arm:
    units = sum(arm.n for arm in arms)
    mean = math.fsum(share * arm.mean for share, arm in zip(shares, arms, strict=True))
    within = math.fsum(share**2 * arm.variance_of_mean for share, arm in zip(shares, arms, strict=True))
    apart = [arm.mean - other.mean for arm, other in zip(arms, control, strict=True)]
    middle = math.fsum(share * each for share, each in zip(shares, apart, strict=True))
    between = math.fsum(share * (each - middle) ** 2 for share, each in zip(shares, apart, strict=True)) / total
    return Arm(units, mean, (within + between) * units)
