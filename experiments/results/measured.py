"""What each arm measured of one metric: the value as it is, and the average that arms are compared by."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from experiments.analysis.sums import Cell
from experiments.results.asked import AskedMetric
from experiments.stats.arms import Arm, mean_of, ratio_of
from experiments.stats.cuped import Adjusted, adjusted_means, adjusted_ratios
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.moments import Moments, merge
from experiments.stats.proportions import Conversions


@dataclass(frozen=True, slots=True)
class Measured:
    """One arm. `value` is what its units did; `arm`, None where it says too little, may have their past taken out."""

    units: int
    value: float | None
    total: float | None = None
    arm: Arm | None = None
    plain: Arm | None = None
    moments: Moments | None = None
    conversions: Conversions | None = None
    is_adjusted: bool = False


NOBODY = Measured(0, None)


def merged(cells: Mapping[Cell, Moments]) -> dict[str, Moments]:
    """The moments of each variant over all days, in the order of its days, so that nothing depends on theirs."""
    ordered = sorted(cells, key=lambda cell: (cell.variant, cell.day))
    variants = dict.fromkeys(cell.variant for cell in ordered)
    return {name: merge([cells[cell] for cell in ordered if cell.variant == name]) for name in variants}


def measured(metric: AskedMetric, moments: Mapping[str, Moments], *, uses_past: bool = False) -> dict[str, Measured]:
    """By variant."""
    past = _without_past(metric, moments) if uses_past else {}
    return {variant: _measured(metric, moments[variant], past.get(variant)) for variant in sorted(moments)}


def measured_quantiles(arms: Mapping[str, Arm]) -> dict[str, Measured]:
    """The same for a quantile, whose arms come as they are."""
    return {variant: Measured(arm.n, arm.mean, arm=arm, plain=arm) for variant, arm in sorted(arms.items())}


def share_that_counts(metric: AskedMetric, arms: Iterable[Measured]) -> float:
    """Share of the units with a value other than zero, from below.

    Moments do not tell it for values: it is at least (mean of y)² / mean of y² by Cauchy and Schwarz, which is exact
    where those that count all count the same.
    """
    if metric.kind == "quantile":
        return metric.quantile or 0.5
    pooled = merge([arm.moments for arm in arms if arm.moments is not None])
    mean = float(pooled.mean[0])
    if metric.is_binary:
        return min(max(mean, 0.0), 1.0)
    square = mean * mean + float(pooled.comoment[0, 0]) / max(pooled.n, 1)
    return min(mean * mean / square, 1.0) if square > 0 else 0.0


def _measured(metric: AskedMetric, moments: Moments, adjusted: Arm | None) -> Measured:
    plain = _plain(metric, moments)
    value = _value(metric, moments)
    return Measured(
        units=moments.n,
        value=value,
        total=None if metric.kind == "ratio" or value is None else value * moments.n,
        arm=adjusted or plain,
        plain=plain,
        moments=moments,
        conversions=_conversions(moments) if metric.is_binary else None,
        is_adjusted=adjusted is not None,
    )


def _plain(metric: AskedMetric, moments: Moments) -> Arm | None:
    try:
        return ratio_of(moments) if metric.kind == "ratio" else mean_of(moments)
    except (NotEnoughData, InvalidData):
        return None


def _value(metric: AskedMetric, moments: Moments) -> float | None:
    if moments.n == 0:
        return None
    if metric.kind != "ratio":
        return float(moments.mean[0])
    return float(moments.mean[0] / moments.mean[1]) if moments.mean[1] else None


def _conversions(moments: Moments) -> Conversions:
    return Conversions(min(max(round(float(moments.mean[0]) * moments.n), 0), moments.n), moments.n)


def _without_past(metric: AskedMetric, moments: Mapping[str, Moments]) -> dict[str, Arm]:
    columns = 4 if metric.kind == "ratio" else 2
    names = [name for name in sorted(moments) if moments[name].n >= 2 and moments[name].mean.size >= columns]
    try:
        found = _adjusted(metric, [moments[name] for name in names]) if len(names) > 1 else None
    except (NotEnoughData, InvalidData):
        return {}
    if found is None or not found.theta:
        return {}
    return dict(zip(names, found.arms, strict=True))


def _adjusted(metric: AskedMetric, arms: list[Moments]) -> Adjusted:
    return adjusted_ratios(arms) if metric.kind == "ratio" else adjusted_means(arms)
