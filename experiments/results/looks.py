"""Which of the planned looks of a group sequential plan were taken, and at what share of the planned units."""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from experiments.results.asked import AskedPlan

CLOSEST = 0.01  # of the plan, between two looks


@dataclass(frozen=True, slots=True)
class Looks:
    """`fractions` of the planned units at all looks so far; `is_new` where the last one is taken by this report.

    Between two looks a report repeats what the last one found: judging again would be a look that nobody planned.
    """

    fractions: tuple[float, ...]
    planned: int
    is_new: bool

    @property
    def number(self) -> int:
        """Which of the planned looks was the last one."""
        return _passed(self.fractions[-1], self.planned) if self.fractions else 0


def looks_at(units: int, plan: AskedPlan, *, earlier: Mapping[str, Any] | None) -> Looks | None:
    """After so many units; None where no number of units is planned, so that nobody knows how far it is."""
    if not plan.planned_units:
        return None
    before = tuple(((earlier or {}).get("looks") or {}).get("fractions") or ())
    fraction = min(units / plan.planned_units, 1.0)
    last = before[-1] if before else 0.0
    is_due = _passed(fraction, plan.looks) > _passed(last, plan.looks) and fraction - last >= CLOSEST
    is_due = is_due and not 1 - CLOSEST < fraction < 1  # the last one would come too close behind it
    return Looks((*before, fraction) if is_due else before, plan.looks, is_due)


def told(looks: Looks) -> dict[str, Any]:
    """As documents have it."""
    return {
        "number": looks.number,
        "planned": looks.planned,
        "fractions": list(looks.fractions),
        "is_new": looks.is_new,
    }


def _passed(fraction: float, looks: int) -> int:
    return math.floor(fraction * looks + 1e-9)
