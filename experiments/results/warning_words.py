"""What is to be known before any number of a report is believed, in sentences."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import Any

from experiments.analysis.sums import Sums
from experiments.results.asked import Asked
from experiments.results.balances import is_off
from experiments.results.counting import is_of_split, units_by_day
from experiments.results.figures import chance, joined, percent, whole
from experiments.results.notes import Note, note
from experiments.stats.cautions import LEAST_UNITS

WEEK = timedelta(days=7)
MOST_SET_ASIDE = 0.01

Document = Mapping[str, Any]


def warnings_of(document: Document, sums: Sums, asked: Asked) -> list[Note]:
    """Of everything but the warnings themselves; the gravest ones first."""
    units = document["units"]
    if not units["total"]:
        return [*_no_metric(asked), _no_exposures(asked)]
    return [
        *_split(document, sums, asked),
        *_set_aside(units),
        *_no_metric(asked),
        *_without_units(units, asked),
        *_small(units, asked),
        *_silent(document["metrics"]),
        *_early(units, asked),
        *_open_windows(sums, asked),
        *_plan(document, asked),
    ]


def _no_exposures(asked: Asked) -> Note:
    told = f"No exposure of {asked.key} was received. Send one for each user that sees a variant"
    return note("no_exposures", f"{told}, or ask with track=true, and see that the worker is running.")


def _no_metric(asked: Asked) -> Iterator[Note]:
    if not asked.metrics:
        yield note("no_metric", "No metric is attached. Attach the one that is to decide as a goal.")
    elif not asked.goals:
        yield note("no_goal", "Only guardrails are attached, so nothing can win. Attach a metric as a goal.")


def _split(document: Document, sums: Sums, asked: Asked) -> Iterator[Note]:
    balance = document["balance"]
    if balance["mismatched"]:
        found = min(p for p in (balance["p_value"], balance["sequential_p_value"]) if p is not None)
        yield note(
            "mismatch", f"{_planned_and_seen(balance['units'], balance['expected'])} (p {chance(found)}). {_LOST}"
        )
        return
    days = {day: counted for day, counted in units_by_day(sums.units).items() if is_of_split(day, asked)}
    off = [day for day, counted in days.items() if is_off(counted, asked, among=len(days))]
    if off:
        told = f"The split was not as planned on {_days(off)}. Look for a release or an outage at that time."
        yield note("mismatch_on_days", told)
    parts = [(part["dimension"], value) for part in document["dimensions"] for value in part["values"]]
    for name, value in parts:
        if is_off(value["balance"]["units"], asked, among=len(parts)):
            told = f"The split is not as planned where {name} is {value['value'] or 'not told'}."
            yield note("mismatch_in_part", f"{told} Users there may be lost in one variant.")


_LOST = "Users are lost or counted twice in a variant, so no result can be trusted until the cause is found."


def _planned_and_seen(units: Mapping[str, int], expected: Mapping[str, float]) -> str:
    total = sum(units.values())
    seen = [
        f"{key} has {whole(units[key])} units where {whole(total * share)} are planned"
        for key, share in expected.items()
    ]
    return f"The split is not as planned: {', '.join(seen)}"


def _days(days: Sequence[date]) -> str:
    told = ", ".join(day.isoformat() for day in days[:5])
    return f"{told} and {len(days) - 5} more days" if len(days) > 5 else told


def _set_aside(units: Mapping[str, Any]) -> Iterator[Note]:
    share = units["set_aside"] / (units["total"] + units["set_aside"])
    if share > MOST_SET_ASIDE:
        told = f"{whole(units['set_aside'])} units ({percent(share)}) saw more than one variant and are set aside."
        yield note("set_aside", f"{told} See that one user always has the same key.")


def _without_units(units: Mapping[str, Any], asked: Asked) -> Iterator[Note]:
    for variant in asked.variants:
        if variant.weight > 0 and not units["variants"][variant.key]:
            told = f"Nobody was exposed to {variant.called}. See that exposures name it {variant.key}."
            yield note("variant_without_units", told)


def _small(units: Mapping[str, Any], asked: Asked) -> Iterator[Note]:
    small = [variant for variant in asked.variants if 0 < units["variants"][variant.key] < LEAST_UNITS]
    for variant in small:
        told = f"{variant.called} has only {units['variants'][variant.key]} units"
        yield note("small_arm", f"{told}; below {LEAST_UNITS} intervals and p-values are rough.")


def _silent(metrics: Sequence[Document]) -> Iterator[Note]:
    for metric in metrics:
        if all(not each["value"] for each in metric["variants"]):
            told = f"No event of metric {metric['name'] or metric['metric']} was counted."
            yield note("metric_without_events", f"{told} See that events have its name, and pass its filter.")


def _early(units: Mapping[str, Any], asked: Asked) -> Iterator[Note]:
    plan, elapsed = asked.plan, asked.until - asked.begun_at
    longest = max((timedelta(hours=metric.window_hours) for metric in asked.metrics), default=timedelta(0))
    if elapsed < WEEK:
        told = f"It ran for {_lasted(elapsed)}. Weekdays and weekends differ: wait for a whole week."
        yield note("too_early", told)
    elif elapsed < longest:
        yield note(
            "too_early", f"It ran for {_lasted(elapsed)}, less than the {_lasted(longest)} that units are followed."
        )
    if plan.method != "fixed":
        return
    if plan.planned_units is None and plan.planned_days is None:
        told = "A fixed horizon holds for one look at an end that was planned, and none is."
        yield note("no_planned_end", f"{told} Plan a number of units, or judge by the sequential method.")
    elif is_before_end(units["total"], asked):
        told = "A fixed horizon is judged at its planned end, and this is before it."
        yield note("before_planned_end", f"{told} Stopping at a good moment raises the chance of a false alarm.")


def is_before_end(units: int, asked: Asked) -> bool:
    """Whether the plan has an end, in units or days, that is not reached."""
    plan = asked.plan
    if plan.planned_units and units < plan.planned_units:
        return True
    return bool(plan.planned_days) and asked.until - asked.begun_at < timedelta(days=plan.planned_days or 0)


def _open_windows(sums: Sums, asked: Asked) -> Iterator[Note]:
    total = sum(sums.units.values())
    for hours in sorted({metric.window_hours for metric in asked.metrics}):
        since = (asked.received_until - timedelta(hours=hours)).date()
        still = sum(number for cell, number in sums.units.items() if cell.day >= since)
        if still:
            names = joined([metric.called for metric in asked.metrics if metric.window_hours == hours])
            told = f"{percent(still / total)} of the units are still within the {_lasted(timedelta(hours=hours))}"
            yield note("open_windows", f"{told} that {names} follow them, so these values are still growing.")


def _plan(document: Document, asked: Asked) -> Iterator[Note]:
    if asked.split_changed_at is not None:
        changed = f"Allocations were changed on {asked.split_changed_at.date().isoformat()}"
        told = f"{changed}, and only units after it judge the split. Variants are compared within the times of equal"
        told = f"{told} shares, as far as each has enough units in them, so values of all units may differ by more or"
        told = f"{told} less than the change that is told."
        yield note("split_changed", told)
    if asked.plan.changed_after_start:
        told = "The plan was changed after the experiment began. Results of plans made for the data prove less."
        yield note("plan_changed", told)
    if asked.plan.method == "group_sequential" and document.get("looks") is None:
        yield note("no_planned_units", "Plan a number of units: without it nobody knows which look this is.")


def _lasted(time: timedelta) -> str:
    if time < timedelta(days=2):
        return f"{max(time, timedelta(0)) / timedelta(hours=1):.0f} hours"
    return f"{time / timedelta(days=1):.0f} days"
