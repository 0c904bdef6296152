"""How the lift grew over time, as lines with bands in a drawing of 100 by 100 that stretches to its place."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from experiments.results.figures import percent, whole

Point = Mapping[str, Any]

_ROOM = 0.25  # above and below, as a share of what is drawn


@dataclass(frozen=True, slots=True)
class Line:
    """One variant: `points` of the polyline, `band` of the polygon around it; `look` is its colour."""

    variant: str
    look: int
    points: str
    band: str


@dataclass(frozen=True, slots=True)
class TimeRow:
    """One day of the table behind the chart; `told` stands in the order of the lines."""

    day: str
    told: Sequence[str]


@dataclass(frozen=True, slots=True)
class TimeChart:
    """`zero` is where no change lies, from above; `top` and `bottom` are what the ends of the axis mean."""

    lines: Sequence[Line]
    rows: Sequence[TimeRow]
    zero: str
    top: str
    bottom: str
    first: str
    last: str


def chart_of(points: Sequence[Point], variants: Sequence[tuple[str, int]]) -> TimeChart | None:
    """`variants` are the treatments with their colours. None where fewer than two days have a lift."""
    shown = [point for point in points if any(_lift(point, variant) is not None for variant, _ in variants)]
    if len(shown) < 2:
        return None
    low, high = _ends(shown, variants)
    lines = [_line(shown, variant, look, low, high) for variant, look in variants]
    return TimeChart(
        lines=lines,
        rows=[TimeRow(point["day"], [_told(point, variant) for variant, _ in variants]) for point in shown],
        zero=f"{_height(0.0, low, high):.2f}",
        top=percent(high, signed=True),
        bottom=percent(low, signed=True),
        first=shown[0]["day"],
        last=shown[-1]["day"],
    )


def _ends(points: Sequence[Point], variants: Sequence[tuple[str, int]]) -> tuple[float, float]:
    """By the later half: the wide intervals of the first days leave the drawing, so that the rest can be read."""
    values = [0.0]
    for point in points[len(points) // 2 :]:
        for variant, _ in variants:
            values += [value for value in (_lift(point, variant), *_interval(point, variant)) if value is not None]
    room = _ROOM * (max(values) - min(values)) or 0.01
    return min(values) - room, max(values) + room


def _line(points: Sequence[Point], variant: str, look: int, low: float, high: float) -> Line:
    at = {point["day"]: index * 100 / (len(points) - 1) for index, point in enumerate(points)}
    known = [point for point in points if _lift(point, variant) is not None]

    def place(point: Point, value: float) -> str:
        return f"{at[point['day']]:.2f},{_height(value, low, high):.2f}"

    upper = [place(point, _interval(point, variant)[1]) for point in known if _interval(point, variant)]
    lower = [place(point, _interval(point, variant)[0]) for point in known if _interval(point, variant)]
    line = [place(point, _lift(point, variant) or 0.0) for point in known]
    return Line(variant, look, " ".join(line), " ".join([*upper, *reversed(lower)]))


def _height(value: float, low: float, high: float) -> float:
    return 100 * (high - min(max(value, low), high)) / (high - low)


def _lift(point: Point, variant: str) -> float | None:
    lift: float | None = point["variants"].get(variant, {}).get("lift")
    return lift


def _interval(point: Point, variant: str) -> Sequence[float]:
    return point["variants"].get(variant, {}).get("interval") or ()


def _told(point: Point, variant: str) -> str:
    lift, interval = _lift(point, variant), _interval(point, variant)
    units = point["variants"].get(variant, {}).get("units", 0)
    if lift is None or not interval:
        return f"nothing yet, {whole(units)} units"
    ends = " to ".join(percent(end, signed=True) for end in interval)
    return f"{percent(lift, signed=True)} ({ends}), {whole(units)} units"
