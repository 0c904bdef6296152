"""How many units there are, in all, by variant and by day."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from experiments.analysis.sums import Cell, Sums
from experiments.results.asked import Asked

Units = Mapping[Cell, int]


def units_of(sums: Sums, asked: Asked) -> dict[str, Any]:
    """As documents have it; `total` counts those that are compared, without the ones that were set aside."""
    variants = {variant.key: 0 for variant in asked.variants}
    for cell, number in sums.units.items():
        if cell.variant in variants:
            variants[cell.variant] += number
    return {"total": sum(variants.values()), "set_aside": sums.set_aside, "variants": variants}


def units_of_split(units: Units, asked: Asked) -> dict[str, int]:
    """Units by variant that the planned shares hold for: those of the days after the shares last changed."""
    counted = {variant.key: 0 for variant in asked.variants}
    for day, of_day in units_by_day(units).items():
        if is_of_split(day, asked):
            for variant in counted.keys() & of_day.keys():
                counted[variant] += of_day[variant]
    return counted


def is_of_split(day: date, asked: Asked) -> bool:
    """Whether the planned shares held for all of the day."""
    return not asked.split_days or day > asked.split_days[-1]


def units_by_day(units: Units) -> dict[date, dict[str, int]]:
    """Units first exposed on each day, by variant."""
    days: dict[date, dict[str, int]] = {}
    for cell, number in sorted(units.items(), key=lambda item: (item[0].day, item[0].variant)):
        counted = days.setdefault(cell.day, {})
        counted[cell.variant] = counted.get(cell.variant, 0) + number
    return days
