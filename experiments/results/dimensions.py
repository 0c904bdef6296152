"""What parts of the units say: by country, by device, by whatever the exposures carried."""

from collections.abc import Mapping
from typing import Any

from experiments.analysis.sums import Sums
from experiments.results.balances import balance_of
from experiments.results.counting import Units, units_of_split
from experiments.results.metric_results import short_results_of_days
from experiments.results.setting import Setting

MOST_VALUES = 20  # of one attribute, the ones with the most units


def dimension_results(sums: Sums, setting: Setting) -> list[dict[str, Any]]:
    """One entry per attribute. They are for finding out, not for proof: no correction counts how many there are."""
    return [
        {"dimension": name, "values": _values(name, units, sums, setting), "left_out": max(len(units) - MOST_VALUES, 0)}
        for name, units in sorted(sums.units_by_dimension.items())
    ]


def _values(name: str, units: Mapping[str, Units], sums: Sums, setting: Setting) -> list[dict[str, Any]]:
    return [
        {
            "value": value,
            "units": _by_variant(units[value]),
            "balance": balance_of(units_of_split(units[value], setting.asked), setting.asked),
            "metrics": _metrics(name, value, sums, setting),
        }
        for value in _largest(units)
    ]


def _metrics(name: str, value: str, sums: Sums, setting: Setting) -> list[dict[str, Any]]:
    found = []
    for metric in setting.asked.metrics:
        by_value = sums.metrics[metric.key].by_dimension.get(name, {}) if metric.key in sums.metrics else {}
        if cells := by_value.get(value):
            found.append({"metric": metric.key, "variants": short_results_of_days(metric, cells, setting)})
    return found


def _by_variant(units: Units) -> dict[str, int]:
    counted: dict[str, int] = {}
    for cell, number in sorted(units.items(), key=lambda item: item[0].variant):
        counted[cell.variant] = counted.get(cell.variant, 0) + number
    return counted


def _largest(units: Mapping[str, Units]) -> list[str]:
    return sorted(units, key=lambda value: (-sum(units[value].values()), value))[:MOST_VALUES]
