"""Where the totals of units are cut, so that a few of them do not decide: one cap per metric, for all variants.

The cap is a quantile over the totals of all units, zeros included. The past has a cap of its own at the same level;
denominators are never cut.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from math import isfinite

import ibis

from experiments.analysis.dialects import Expression
from experiments.analysis.engines import Engine, Level
from experiments.analysis.measuring import Measured

CUT = ("y", "x")


@dataclass(frozen=True, slots=True)
class Caps:
    """By metric what its values are cut at, and by column what it is cut at, where that changes anything."""

    by_metric: Mapping[str, float] = field(default_factory=dict)
    by_column: Mapping[str, float] = field(default_factory=dict)

    def cuts(self, metric: Measured) -> bool:
        return any(column.name in self.by_column for column in metric.columns)

    def columns_of(self, metric: Measured) -> tuple[str, ...]:
        """The columns with what was cut in the place of what was not."""
        return tuple(capped(column.name) if column.name in self.by_column else column.name for column in metric.columns)

    def applied_to(self, rows: Expression) -> Expression:
        """The rows with a capped column beside each that is cut."""
        return rows.mutate(
            **{capped(name): ibis.least(rows[name], ibis.literal(cap)) for name, cap in self.by_column.items()}
        )


def capped(column: str) -> str:
    return f"{column}_capped"


def caps_of(engine: Engine, totals: Expression, metrics: tuple[Measured, ...]) -> Caps:
    """`totals` is a kept table with a row per unit; a unit that was set aside has a variant below 0."""
    asked = [
        (each.metric, column.name)
        for each in metrics
        for column in each.columns
        if each.metric.cap is not None and column.name.endswith(CUT)
    ]
    if not asked:
        return Caps()
    levels = engine.quantiles(totals, [Level(name, float(metric.cap or 1)) for metric, name in asked])
    largest = (
        totals.filter(totals.variant >= 0)
        .agg(**{name: totals[name].max() for _, name in asked})
        .to_pyarrow()
        .to_pylist()[0]
    )
    found = [(metric.key, name, cap) for (metric, name), cap in zip(asked, levels, strict=True)]
    return Caps(
        by_metric={key: cap for key, name, cap in found if name.endswith("_y") and isfinite(cap)},
        by_column={name: cap for _, name, cap in found if largest[name] is not None and largest[name] > cap},
    )
