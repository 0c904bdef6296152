"""What the engines answer: units and moments per variant, from which every result is computed."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from experiments.stats.arms import Arm
from experiments.stats.moments import Moments


@dataclass(frozen=True, slots=True)
class Cell:
    """Which units the moments are of: of one variant, first exposed on one day (UTC)."""

    variant: str
    day: date


@dataclass(frozen=True, slots=True)
class MetricSums:
    """Moments of one metric, one column each for value and past, or numerator, denominator and their pasts.

    Columns: `(y)` or `(y, x)`; ratios `(y, d)` or `(y, d, x, dx)`, where x is what y was before the exposure. Binomial
    and retention metrics have y in {0, 1}. `uncapped` is there where `cap` cut something. A quantile metric has no
    moments but an `Arm` for each variant with enough values; where the split changed, for each time as well.
    """

    by_cell: Mapping[Cell, Moments] = field(default_factory=dict)
    uncapped: Mapping[Cell, Moments] = field(default_factory=dict)
    cap: float | None = None  # in the metric's unit
    quantiles: Mapping[str, Arm] = field(default_factory=dict)
    quantiles_by_time: Mapping[int, Mapping[str, Arm]] = field(default_factory=dict)
    # by dimension, then by the value of the attribute as text; "" where the attribute is missing
    by_dimension: Mapping[str, Mapping[str, Mapping[Cell, Moments]]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Sums:
    """The answer to a Question. Variants without units are left out of the mappings."""

    units: Mapping[Cell, int]
    set_aside: int  # units that were exposed to two variants
    metrics: Mapping[str, MetricSums]
    exposures: int  # events that were read
    metric_events: int
    digest: str  # of the events that could be read, in any order
    units_by_dimension: Mapping[str, Mapping[str, Mapping[Cell, int]]] = field(default_factory=dict)
