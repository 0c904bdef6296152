"""How a metric's result grew, as more units took part."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import date
from functools import partial
from typing import Any

from experiments.analysis.sums import Cell
from experiments.results.asked import AskedMetric
from experiments.results.metric_results import Entry, short_results, short_results_of_days
from experiments.results.setting import Setting
from experiments.stats.moments import Moments, merge

MOST_POINTS = 60


def over_time(metric: AskedMetric, cells: Mapping[Cell, Moments], setting: Setting) -> list[dict[str, Any]]:
    """By day: what all units say that were first exposed up to it, everything that they did since included.

    It is the result by cohort, not what was shown on that day. At most 60 days, evenly chosen, the last one among them.
    """
    days = sorted({cell.day for cell in cells})
    shown = set(chosen(days))
    return [
        {"day": day.isoformat(), "variants": _point(entries())}
        for day, entries in _results(metric, cells, setting, days)
        if day in shown
    ]


def chosen(days: Sequence[date]) -> list[date]:
    """At most 60 of them."""
    if len(days) <= MOST_POINTS:
        return list(days)
    return [days[round(at * (len(days) - 1) / (MOST_POINTS - 1))] for at in range(MOST_POINTS)]


def _results(
    metric: AskedMetric, cells: Mapping[Cell, Moments], setting: Setting, days: Sequence[date]
) -> Iterator[tuple[date, Callable[[], list[Entry]]]]:
    """By day, for those who want to know."""
    if setting.asked.split_days:
        for day in days:
            known = {cell: moments for cell, moments in cells.items() if cell.day <= day}
            yield day, partial(short_results_of_days, metric, known, setting)
        return
    for day, grown in _growing(cells, days):
        yield day, partial(short_results, metric, grown, setting)


def _growing(cells: Mapping[Cell, Moments], days: Sequence[date]) -> Iterator[tuple[date, dict[str, Moments]]]:
    grown: dict[str, Moments] = {}
    for day in days:
        for cell in sorted((cell for cell in cells if cell.day == day), key=lambda cell: cell.variant):
            before = grown.get(cell.variant)
            grown[cell.variant] = merge([before, cells[cell]]) if before else cells[cell]
        yield day, dict(grown)


def _point(entries: Sequence[Entry]) -> dict[str, Any]:
    return {
        each["variant"]: {
            "units": each["units"],
            "value": each["value"],
            "lift": (each.get("lift") or {}).get("value"),
            "interval": (each.get("lift") or {}).get("interval"),
        }
        for each in entries
    }
