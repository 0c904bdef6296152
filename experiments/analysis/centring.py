"""Moments of groups of units, without sums of squares of large numbers: values are centred before they are multiplied.

The centre is the group's mean as the engine found it in a first pass; what rounding left of it is corrected here.
"""

from collections.abc import Mapping, Sequence
from itertools import combinations_with_replacement
from typing import NamedTuple

import numpy as np

from experiments.analysis.dialects import Expression
from experiments.stats.moments import Moments

Columns = tuple[str, ...]
Group = tuple[object, ...]


class Summed(NamedTuple):
    """How many units a group has, and the moments of each list of columns."""

    n: int
    moments: dict[str, Moments]


def summed_by(rows: Expression, by: Sequence[str], wanted: Mapping[str, Columns]) -> dict[Group, Summed]:
    """By group, for each list of columns by its name."""
    found = sums_by(rows, by, wanted).to_pyarrow().to_pylist()
    return {
        tuple(row[name] for name in by): Summed(
            row["n"], {key: _moments(row, columns) for key, columns in wanted.items()}
        )
        for row in found
    }


def sums_by(rows: Expression, by: Sequence[str], wanted: Mapping[str, Columns]) -> Expression:
    """By group: n, the centre of each column, and sums of deviations from it and of their products."""
    columns = dict.fromkeys(column for group in wanted.values() for column in group)
    if not columns:
        return rows.group_by(*by).agg(n=rows.count())
    means = rows.group_by(*by).agg(**{_centre(column): rows[column].mean() for column in columns})
    beside = rows.inner_join(means, list(by))
    off = {column: beside[column] - beside[_centre(column)] for column in columns}
    sums = {"n": beside.count()}
    for column in columns:
        sums |= {_centre(column): beside[_centre(column)].max(), column: off[column].sum()}
    for group in wanted.values():
        for one, other in combinations_with_replacement(group, 2):
            sums[_product(one, other)] = (off[one] * off[other]).sum()
    return beside.group_by(*by).agg(**sums)


def _moments(row: Mapping[str, float], columns: Columns) -> Moments:
    n = int(row["n"])
    off = np.array([row[column] for column in columns], np.float64)
    products = np.empty((len(columns), len(columns)))
    for (i, one), (j, other) in combinations_with_replacement(enumerate(columns), 2):
        products[i, j] = products[j, i] = row[_product(one, other)]
    comoment = products - np.outer(off, off) / n
    np.fill_diagonal(comoment, np.maximum(np.diag(comoment), 0.0))  # what rounding took below zero
    return Moments(n, np.array([row[_centre(column)] for column in columns]) + off / n, comoment)


def _centre(column: str) -> str:
    return f"{column}_centre"


def _product(one: str, other: str) -> str:
    return f"{one}_by_{other}"
