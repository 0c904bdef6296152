"""How many units each variant has, beside what was planned: over all, and in parts of the units."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.pages.results.metric_rows import change_words, look_of, value_words
from experiments.results.figures import chance, percent, whole
from flags.wording import percent as share_words

Document = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class UnitRow:
    """One variant."""

    key: str
    name: str
    letter: str
    look: int
    units: str
    share: str
    planned: str
    width: str


@dataclass(frozen=True, slots=True)
class Part:
    """One value of an attribute; `told` are its metrics in words."""

    value: str
    units: str
    is_off: bool
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class Dimension:
    name: str
    parts: Sequence[Part]
    left_out: int


def unit_rows(document: Document) -> list[UnitRow]:
    """In the order of the variants."""
    units, expected = document["units"], document["balance"]["expected"]
    return [
        _row(each, at, units["variants"][each["key"]] / max(units["total"], 1), expected, units)
        for at, each in enumerate(document["experiment"]["variants"])
    ]


def balance_words(document: Document) -> str:
    """Whether the split is as planned, in a sentence."""
    balance = document["balance"]
    found = [p for p in (balance["p_value"], balance["sequential_p_value"]) if p is not None]
    if not found:
        return "There are too few units to judge the split."
    if balance["mismatched"]:
        return f"The split is not as planned (p {chance(min(found))})."
    return f"The split is as planned, as far as chance goes (p {chance(min(found))}; below 0.001 is an alarm)."


def dimensions(document: Document) -> list[Dimension]:
    """What parts of the units say."""
    metrics = {metric["metric"]: metric for metric in document["metrics"]}
    names = {each["key"]: each["name"] or each["key"] for each in document["experiment"]["variants"]}
    return [
        Dimension(
            found["dimension"],
            [_part(value, metrics, names) for value in found["values"]],
            found["left_out"],
        )
        for found in document["dimensions"]
    ]


def _row(each: Document, at: int, share: float, expected: Mapping[str, float], units: Document) -> UnitRow:
    return UnitRow(
        key=each["key"],
        name=each["name"] or each["key"],
        letter=chr(ord("A") + at % 26),
        look=look_of(at),
        units=whole(units["variants"][each["key"]]),
        share=share_words(round(share * 100, 2)),
        planned=share_words(round(expected.get(each["key"], 0.0) * 100, 2)),
        width=f"{share * 100:.4g}%",
    )


def _part(value: Document, metrics: Mapping[str, Document], names: Mapping[str, str]) -> Part:
    return Part(
        value=value["value"] or "not told",
        units=", ".join(f"{names[key]} {whole(number)}" for key, number in value["units"].items() if key in names),
        is_off=value["balance"]["mismatched"],
        told=[_metric_words(found, metrics[found["metric"]], names) for found in value["metrics"]],
    )


def _metric_words(found: Document, metric: Document, names: Mapping[str, str]) -> str:
    told = []
    for entry in found["variants"]:
        change, interval = change_words(entry, metric)
        changed = f", {change}" if change else ""
        ends = f" ({interval})" if interval else ""
        told.append(f"{names[entry['variant']]} {value_words(metric, entry['value'])}{changed}{ends}")
    return f"{metric['name'] or metric['metric']}: {'; '.join(told)}"


def set_aside_words(document: Document) -> str:
    """How many units saw two variants; nothing where none did."""
    number = document["units"]["set_aside"]
    if not number:
        return ""
    share = number / (document["units"]["total"] + number)
    return f"{whole(number)} more ({percent(share)}) saw several variants and are set aside."
