"""What parts of the units say: by country, by device, by whatever the exposures carried."""

from collections.abc import Mapping
from typing import Any

from experiments.analysis.sums import Sums
from experiments.results.balances import balance_of
from experiments.results.metric_results import short_results
from experiments.results.setting import Setting
from experiments.stats.moments import Moments

MOST_VALUES = 20  # of one attribute, the ones with the most units


def dimension_results(sums: Sums, setting: Setting) -> list[dict[str, Any]]:
    """One entry per attribute. They are for finding out, not for proof: no correction counts how many there are."""
    return [
        {"dimension": name, "values": _values(name, units, sums, setting), "left_out": _left_out(units)}
        for name, units in sorted(sums.units_by_dimension.items())
    ]


def _values(name: str, units: Mapping[tuple[str, str], int], sums: Sums, setting: Setting) -> list[dict[str, Any]]:
    counted = _counted(units)
    return [
        {
            "value": value,
            "units": counted[value],
            "balance": balance_of(_judged(counted[value], setting), setting.asked),
            "metrics": _metrics(name, value, sums, setting),
        }
        for value in _largest(counted)
    ]


def _metrics(name: str, value: str, sums: Sums, setting: Setting) -> list[dict[str, Any]]:
    found = []
    for metric in setting.asked.metrics:
        cells = sums.metrics[metric.key].by_dimension.get(name, {}) if metric.key in sums.metrics else {}
        moments: dict[str, Moments] = {variant: cells[variant, at] for variant, at in cells if at == value}
        if moments:
            found.append({"metric": metric.key, "variants": short_results(metric, moments, setting)})
    return found


def _judged(units: Mapping[str, int], setting: Setting) -> Mapping[str, int]:
    """None of them where shares changed: which units of a part came before is not known."""
    return {} if setting.asked.split_changed_at else units


def _counted(units: Mapping[tuple[str, str], int]) -> dict[str, dict[str, int]]:
    counted: dict[str, dict[str, int]] = {}
    for (variant, value), number in sorted(units.items()):
        counted.setdefault(value, {})[variant] = number
    return counted


def _largest(counted: Mapping[str, Mapping[str, int]]) -> list[str]:
    return sorted(counted, key=lambda value: (-sum(counted[value].values()), value))[:MOST_VALUES]


def _left_out(units: Mapping[tuple[str, str], int]) -> int:
    return max(len({value for _, value in units}) - MOST_VALUES, 0)
