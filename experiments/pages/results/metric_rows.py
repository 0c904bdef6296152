"""The tables of a report's metrics, in words and bars."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.pages.bars import LOOKS
from experiments.pages.results.interval_bars import IntervalBar, bar_of, reach_of, tone_of
from experiments.pages.results.time_charts import TimeChart, chart_of
from experiments.results.asked import BINARY
from experiments.results.figures import amount, chance, likely, percent, whole

Entry = Mapping[str, Any]

_DECIDED = {"good": "Better", "bad": "Worse", "open": "Undecided"}


@dataclass(frozen=True, slots=True)
class VariantRow:
    """One variant; empty where nothing can be said."""

    key: str
    name: str
    letter: str
    look: int
    is_control: bool
    units: str
    value: str
    change: str = ""
    interval: str = ""
    bar: IntervalBar | None = None
    tone: str = "open"
    outcome: str = ""
    p_value: str = ""
    chance_to_win: str = ""
    loss: str = ""
    outlook: str = ""
    guardrail: str = ""
    cautions: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class MetricTable:
    """One metric with all variants; `uncapped` is the same without the cap, in words."""

    key: str
    name: str
    is_goal: bool
    decides: bool
    about: str
    rows: Sequence[VariantRow]
    chart: TimeChart | None
    uncapped: Sequence[str]


def metric_tables(document: Entry) -> list[MetricTable]:
    """In the order of the document; the first goal decides."""
    names = {each["key"]: each["name"] for each in document["experiment"]["variants"]}
    goals = [metric["metric"] for metric in document["metrics"] if metric["role"] == "goal"]
    return [_table(metric, names, decides=metric["metric"] in goals[:1]) for metric in document["metrics"]]


def look_of(at: int) -> int:
    """The colour of the variant at this place."""
    return at % LOOKS + 1


def value_words(metric: Entry, value: float | None) -> str:
    """`12.1 %` of a rate, `42.6` of the rest."""
    if value is None:
        return "–"
    return f"{amount(value * 100)} %" if metric["kind"] in BINARY else amount(value)


def change_words(entry: Entry, metric: Entry) -> tuple[str, str]:
    """The lift, or else the difference, and its interval."""
    lift = entry.get("lift")
    if lift:
        return percent(lift["value"], signed=True), _ends(lift["interval"])
    if entry.get("difference") is None:
        return "", ""
    factor, unit = (100, " points") if metric["kind"] in BINARY else (1, "")
    told = amount(entry["difference"] * factor, signed=True) + unit
    interval = entry.get("interval")
    ends = " to ".join(amount(end * factor, signed=True) for end in interval) + unit if interval else ""
    return told, ends


def _table(metric: Entry, names: Mapping[str, str], *, decides: bool) -> MetricTable:
    entries = metric["variants"]
    reach = reach_of(_drawn(entry) for entry in entries)
    treatments = [(entry["variant"], look_of(at)) for at, entry in enumerate(entries) if not entry["is_control"]]
    return MetricTable(
        key=metric["metric"],
        name=metric["name"] or metric["metric"],
        is_goal=metric["role"] == "goal",
        decides=decides,
        about=_about(metric),
        rows=[_row(entry, metric, at, names, reach) for at, entry in enumerate(entries)],
        chart=chart_of(metric["over_time"], treatments),
        uncapped=list(_uncapped(metric, names)),
    )


def _row(entry: Entry, metric: Entry, at: int, names: Mapping[str, str], reach: float) -> VariantRow:
    shown: dict[str, Any] = {
        "key": entry["variant"],
        "name": names.get(entry["variant"]) or entry["variant"],
        "letter": chr(ord("A") + at % 26),
        "look": look_of(at),
        "is_control": entry["is_control"],
        "units": whole(entry["units"]),
        "value": value_words(metric, entry["value"]),
    }
    if entry["is_control"]:
        return VariantRow(**shown)
    better = -1 if metric["direction"] == "down" else 1
    change, interval = change_words(entry, metric)
    tone = tone_of(_drawn(entry), better) if entry["is_significant"] else "open"
    return VariantRow(
        **shown,
        change=change,
        interval=interval,
        bar=bar_of(_drawn(entry), _middle(entry), reach=reach, tone=tone),
        tone=tone,
        outcome=_DECIDED[tone],
        p_value=chance(entry["adjusted_p_value"]) if entry["adjusted_p_value"] is not None else "",
        chance_to_win=likely(entry["chance_to_win"]) if entry["chance_to_win"] is not None else "",
        loss=_loss(entry, metric),
        outlook=_outlook(entry, metric),
        guardrail=_guardrail(entry),
        cautions=[caution["sentence"] for caution in entry["cautions"]],
    )


def _drawn(entry: Entry) -> Sequence[float] | None:
    lift = entry.get("lift")
    interval: Sequence[float] | None = lift["interval"] if lift else entry.get("interval")
    return interval


def _middle(entry: Entry) -> float | None:
    lift = entry.get("lift")
    value: float | None = lift["value"] if lift else entry.get("difference")
    return value


def _about(metric: Entry) -> str:
    """`Goal: up is good. It decides.`"""
    role = "Goal" if metric["role"] == "goal" else "Guardrail"
    cap = f" Totals of a unit above {amount(metric['cap'])} are cut to it." if metric.get("cap") is not None else ""
    return f"{role}: {metric['direction']} is good.{cap}"


def _loss(entry: Entry, metric: Entry) -> str:
    if entry["expected_loss"] is None:
        return ""
    return (
        f"{amount(entry['expected_loss'] * 100)} points" if metric["kind"] in BINARY else amount(entry["expected_loss"])
    )


def _outlook(entry: Entry, metric: Entry) -> str:
    """What it can find so far, and for how long it still has to run."""
    told = []
    if entry["detectable_effect"] is not None:
        told.append(f"finds changes from {percent(entry['detectable_effect'])} with 80 % power")
    if entry["power"] is not None:
        told.append(f"{likely(entry['power'])} power for {percent(metric['minimum_effect'])}")
    if entry["days_left"]:
        told.append(f"about {whole(entry['days_left'])} more day{'s' if entry['days_left'] > 1 else ''} for 80 %")
    return "; ".join(told)


def _guardrail(entry: Entry) -> str:
    found = entry.get("guardrail")
    if not found:
        return ""
    allowed = f" Allowed is {percent(found['margin'])}." if found["margin"] else ""
    if found["is_harmed"]:
        return f"Harmed.{allowed}"
    return f"Not harmed.{allowed}" if found["is_unharmed"] else f"Not decided.{allowed}"


def _uncapped(metric: Entry, names: Mapping[str, str]) -> Iterator[str]:
    for entry in metric.get("uncapped", ()):
        change, interval = change_words(entry, metric)
        told = f"{names.get(entry['variant']) or entry['variant']} {value_words(metric, entry['value'])}"
        yield f"{told}, {change} ({interval})" if interval else told


def _ends(interval: Sequence[float]) -> str:
    return " to ".join(percent(end, signed=True) for end in interval)
