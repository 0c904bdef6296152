"""Intervals drawn to one scale, so that the variants of a metric can be compared by eye."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

Interval = Sequence[float]

_MARGIN = 4.0  # per cent of the drawing left free on either side


@dataclass(frozen=True, slots=True)
class IntervalBar:
    """Lengths as SVG has them: `12.5%`. `tone` is good, bad or open."""

    left: str
    width: str
    middle: str
    zero: str
    tone: str


def reach_of(intervals: Iterable[Interval | None]) -> float:
    """How far from zero the farthest end lies; 0 where there is none."""
    return max((abs(end) for interval in intervals if interval for end in interval), default=0.0)


def bar_of(interval: Interval | None, value: float | None, *, reach: float, tone: str) -> IntervalBar | None:
    """The bar of one interval with its estimate; `reach` is that of all bars beside it."""
    if interval is None or value is None or reach <= 0:
        return None
    left, right = (_place(end, reach) for end in interval)
    return IntervalBar(
        left=_told(left),
        width=_told(max(right - left, 0.5)),
        middle=_told(_place(min(max(value, interval[0]), interval[1]), reach)),
        zero=_told(50.0),
        tone=tone,
    )


def tone_of(interval: Interval | None, better: int) -> str:
    """Whether all of the interval is better, or worse, than no change."""
    if interval is None or interval[0] <= 0 <= interval[1]:
        return "open"
    return "good" if interval[0] * better > 0 else "bad"


def _place(value: float, reach: float) -> float:
    return 50 + value / reach * (50 - _MARGIN)


def _told(share: float) -> str:
    return f"{share:.4g}%"
