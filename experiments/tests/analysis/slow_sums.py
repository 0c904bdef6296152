"""The sums as they are defined, in plain Python over lists of events: slow, and short enough to be read as right."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from typing import Any

import numpy as np

from experiments.analysis.questions import MetricQuestion, Part, Question
from experiments.analysis.sums import Cell, MetricSums, Sums
from experiments.stats.errors import NotEnoughData
from experiments.stats.moments import moments_of
from experiments.stats.quantiles import quantile_of
from experiments.tests.analysis.happenings import Did, Happening, Seen
from flagkit.engine.attributes import as_text
from flagkit.engine.conditions import compile_condition
from flagkit.engine.context import Context

NOTHING = timedelta(0)


def slowly_summed(question: Question, events: Iterable[Happening]) -> Sums:
    """Without a digest."""
    exists = [e for e in events if e.received_at <= question.received_until]
    exists = [e for e in exists if e.environment_id == question.environment_id]
    seen = defaultdict(list)
    for event in exists:
        if isinstance(event, Seen) and _counts(question, event):
            seen[event.user_key].append(event)
    first = {
        user: min(found, key=lambda event: (event.at, event.event_id))
        for user, found in seen.items()
        if len({event.variant for event in found}) == 1
    }
    did = defaultdict(list)
    for event in exists:
        if isinstance(event, Did) and event.user_key in first:
            did[event.user_key].append(event)
    cells = {user: Cell(event.variant, event.day) for user, event in first.items()}
    by_value = {name: _by_value(first, name) for name in question.dimensions}
    return Sums(
        units=Counter(cells.values()),
        set_aside=len(seen) - len(first),
        metrics={
            metric.key: _metric(metric, first, did, cells, by_value, question.split_days) for metric in question.metrics
        },
        exposures=sum(map(len, seen.values())),
        metric_events=sum(_is_read(question, first[user], e) for user in did for e in did[user] if question.metrics),
        digest="",
        units_by_dimension={
            name: {value: Counter(cells[user] for user in users) for value, users in values.items()}
            for name, values in by_value.items()
        },
    )


def _counts(question: Question, event: Seen) -> bool:
    about = event.experiment == question.experiment or (question.flag is not None and event.flag == question.flag)
    return about and event.variant in question.variants and question.begun_at <= event.at < question.ended_at


def _is_read(question: Question, first: Seen, event: Did) -> bool:
    names = {part.event for m in question.metrics for part in (m.numerator, m.denominator) if part}
    before, after = max(m.lookback for m in question.metrics), max(m.window for m in question.metrics)
    return event.name in names and -before <= event.at - first.at < after


def _by_value(first: dict[str, Seen], name: str) -> dict[str, list[str]]:
    """The users of each value."""
    values = {user: as_text(event.attributes.get(name)) or "" for user, event in first.items()}
    ranked = sorted(Counter(values.values()).items(), key=lambda item: (-item[1], item[0]))
    known = {value for value, _ in ranked[:20]}
    found = defaultdict(list)
    for user, value in values.items():
        found[value if value in known else "other"].append(user)
    return found


def _metric(
    metric: MetricQuestion, first: Any, did: Any, cells: Any, by_value: Any, split_days: Sequence[date]
) -> MetricSums:
    spans = [(metric.delay, metric.window), *([(-metric.lookback, NOTHING)] if metric.lookback else [])]
    inside = [
        {user: [e for e in did[user] if begins <= e.at - first[user].at < ends] for user in first}
        for begins, ends in spans
    ]
    if metric.kind == "quantile":
        return _quantiles_by_time(metric, first, inside[0], split_days)
    parts = [part for part in (metric.numerator, metric.denominator) if part]
    totals = [{user: [_total(metric, p, found[user]) for p in parts] for user in first} for found in inside]
    rows = {user: [value for each in totals for value in each[user]] for user in first}
    if metric.cap is None or not rows:
        return MetricSums(by_cell=_grouped(cells, rows), by_dimension=_dimensions(by_value, cells, rows))
    cut = [place for place in range(len(spans) * len(parts)) if place % len(parts) == 0]
    caps = {place: float(np.quantile([row[place] for row in rows.values()], metric.cap)) for place in cut}
    capped = {user: [min(v, caps.get(i, v)) for i, v in enumerate(row)] for user, row in rows.items()}
    uncapped = _grouped(cells, rows) if capped != rows else {}
    return MetricSums(_grouped(cells, capped), uncapped, caps[0], by_dimension=_dimensions(by_value, cells, capped))


def _total(metric: MetricQuestion, part: Part, events: Sequence[Did]) -> float:
    taken = _taken(part, events)
    if metric.kind in ("binomial", "retention"):
        return float(bool(taken))
    if metric.kind == "count" or part.aggregation == "count":
        return float(len(taken))
    values = [event.value for event in taken if event.value is not None]
    how = {"sum": sum, "max": max, "min": min, "mean": np.mean}[part.aggregation]
    return float(how(values)) if values else 0.0


def _taken(part: Part, events: Sequence[Did]) -> list[Did]:
    conditions = [compile_condition(condition) for condition in part.filter]
    contexts = [(e, Context("", attributes={**e.attributes, "$value": e.value})) for e in events]
    return [e for e, context in contexts if e.name == part.event and all(c.holds(context, None) for c in conditions)]


def _quantiles_by_time(
    metric: MetricQuestion, first: dict[str, Seen], inside: dict[str, list[Did]], split_days: Sequence[date]
) -> MetricSums:
    """A day of a change has a time of its own between those before and after it."""
    times = defaultdict(dict)
    for user, event in first.items() if split_days else ():
        time = sum((event.day > day) + (event.day >= day) for day in split_days)
        times[time][user] = event
    by_time = {time: _quantiles(metric, users, inside) for time, users in times.items()}
    return MetricSums(
        quantiles=_quantiles(metric, first, inside),
        quantiles_by_time={time: arms for time, arms in by_time.items() if arms},
    )


def _quantiles(metric: MetricQuestion, first: dict[str, Seen], inside: dict[str, list[Did]]) -> dict[str, Any]:
    found = {}
    for variant in {event.variant for event in first.values()}:
        users = [user for user in first if first[user].variant == variant]
        pairs = [(e.value, i) for i, user in enumerate(users) for e in _taken(metric.numerator, inside[user])]
        pairs = [pair for pair in pairs if pair[0] is not None]
        try:
            values, units = np.array([p[0] for p in pairs], float), np.array([p[1] for p in pairs], int)
            found[variant] = quantile_of(values, units, metric.quantile or 0.5)
        except NotEnoughData:
            continue
    return found


def _dimensions(by_value: Any, cells: dict[str, Cell], rows: dict[str, list[float]]) -> dict[str, Any]:
    return {
        name: {value: _grouped(cells, {user: rows[user] for user in users}) for value, users in values.items()}
        for name, values in by_value.items()
    }


def _grouped(groups: dict[str, Cell], rows: dict[str, list[float]]) -> dict[Cell, Any]:
    found = defaultdict(list)
    for user, row in rows.items():
        found[groups[user]].append(row)
    return {group: moments_of(members) for group, members in found.items()}
