"""What a method says of one pair: difference, interval, lift and p-value, or nothing yet and why."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from experiments.results.notes import Note
from experiments.stats.inference import Interval
from experiments.stats.lift import Lift


@dataclass(frozen=True, slots=True)
class Finding:
    """`lift` is a share of the size of control's value. What is None cannot be said."""

    difference: float | None = None
    interval: Interval | None = None
    lift: Lift | None = None
    p_value: float | None = None
    notes: tuple[Note, ...] = field(default=())

    def noted(self, *notes: Note) -> "Finding":
        return replace(self, notes=(*self.notes, *notes))


def told(finding: Finding) -> dict[str, Any]:
    """As documents have it."""
    lift = finding.lift
    return {
        "difference": finding.difference,
        "interval": _ends(finding.interval),
        "lift": None if lift is None else {"value": lift.value, "interval": _ends(lift.interval)},
        "p_value": finding.p_value,
    }


def remembered(entry: Mapping[str, Any]) -> Finding:
    """What an earlier document told."""
    lift = entry.get("lift")
    return Finding(
        difference=entry.get("difference"),
        interval=_interval(entry.get("interval")),
        lift=Lift(lift["value"], Interval(*lift["interval"])) if lift else None,
        p_value=entry.get("p_value"),
    )


def _ends(interval: Interval | None) -> list[float] | None:
    return None if interval is None else [interval.low, interval.high]


def _interval(ends: list[float] | None) -> Interval | None:
    return None if ends is None else Interval(*ends)


NOTHING = Finding()
