"""Moments by what was known of units when they were first exposed: their country, their plan."""

from collections.abc import Mapping

from experiments.analysis.centring import Columns, Group, Summed, summed_by
from experiments.analysis.dialects import Expression

MOST = 20  # values of a dimension that are told apart
OTHER = "other"


def summed_by_value(rows: Expression, column: str, wanted: Mapping[str, Columns]) -> dict[str, dict[Group, Summed]]:
    """By value, then by variant and day. The values with the most units stand for themselves, the rest are `other`."""
    counted = rows.group_by(column).agg(n=rows.count()).to_pyarrow().to_pylist()
    counted.sort(key=lambda row: (-row["n"], row[column]))
    kept = [row[column] for row in counted[:MOST]]
    if len(counted) > MOST:
        rows = rows.mutate(**{column: rows[column].isin(kept).ifelse(rows[column], OTHER)})
    found: dict[str, dict[Group, Summed]] = {}
    for (value, *group), summed in summed_by(rows, (column, "variant", "day"), wanted).items():
        found.setdefault(str(value), {})[tuple(group)] = summed
    return found
