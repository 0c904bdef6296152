"""The times of an experiment: between two days on which its allocations changed, its variants had equal shares.

A day of a change stands alone, for its units came by the shares before and by those after it.
"""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from datetime import date

import ibis

from experiments.analysis.dialects import Expression

EPOCH = date(1970, 1, 1)  # engines count days from it


def time_of(day: date, split_days: Sequence[date]) -> int:
    """The number of its time, from 0; `split_days` are in order."""
    return bisect_left(split_days, day) + bisect_right(split_days, day)


def count_of_times(split_days: Sequence[date]) -> int:
    return 2 * len(split_days) + 1


def time_column(day: Expression, split_days: Sequence[date]) -> Expression:
    """The same for a column of days since 1970."""
    found: Expression = ibis.literal(0)
    for change in split_days:
        number = (change - EPOCH).days
        found = found + (day >= number).cast("int64") + (day > number).cast("int64")
    return found
