"""What a report is asked to tell: the experiment, its metrics and its plan, as they stood when it was made."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, date, datetime
from typing import Any, Literal, Self

from experiments.analysis.questions import Kind

Role = Literal["goal", "guardrail"]
Direction = Literal["up", "down"]
Method = Literal["sequential", "fixed", "group_sequential", "bayesian"]
Correction = Literal["holm", "benjamini-hochberg", "bonferroni", "none"]
Spending = Literal["obrien-fleming", "pocock"]

_INSTANTS = ("begun_at", "received_until", "ended_at")
BINARY: tuple[Kind, ...] = ("binomial", "retention")


@dataclass(frozen=True, slots=True)
class AskedVariant:
    """`weight` is its planned share of the units, in any unit of measure, for example buckets."""

    key: str
    name: str = ""
    weight: float = 1.0

    @property
    def called(self) -> str:
        """As sentences name it."""
        return self.name or self.key


@dataclass(frozen=True, slots=True)
class AskedMetric:
    """One metric and how it is judged; `minimum_effect` and `margin` are shares of control's value.

    `definition` is what is counted, in any writing: where it changed, earlier looks were at another metric.
    """

    key: str
    kind: Kind
    name: str = ""
    role: Role = "goal"
    direction: Direction = "up"
    minimum_effect: float | None = None
    margin: float | None = None
    window_hours: float = 168
    quantile: float | None = None
    definition: str = ""

    @property
    def called(self) -> str:
        """As sentences name it."""
        return self.name or self.key

    @property
    def is_binary(self) -> bool:
        """Whether a unit either has it or not."""
        return self.kind in BINARY

    @property
    def better(self) -> int:
        """The sign of a difference that is good."""
        return -1 if self.direction == "down" else 1


@dataclass(frozen=True, slots=True)
class AskedPlan:
    """How it is judged; `planned_units` counts all variants together. The defaults are those of an analysis plan."""

    method: Method = "sequential"
    confidence: float = 0.95
    correction: Correction = "holm"
    uses_past: bool = True
    planned_units: int | None = None
    planned_days: int | None = None
    looks: int = 5
    spending: Spending = "obrien-fleming"
    prior_deviation: float = 0.1
    changed_after_start: bool = False

    @property
    def alpha(self) -> float:
        """The chance of a false alarm that is taken."""
        return 1 - self.confidence


@dataclass(frozen=True, slots=True)
class Asked:
    """Everything that a report needs beside the sums. The first variant is the control.

    `revisions` are the environment's when the experiment began and at the end of what was read. `ended_at` is None
    while the experiment takes units. `split_changes` are the instants after it began at which allocations changed.
    """

    key: str
    environment: str
    status: str
    variants: tuple[AskedVariant, ...]
    begun_at: datetime
    received_until: datetime
    name: str = ""
    metrics: tuple[AskedMetric, ...] = ()
    plan: AskedPlan = field(default_factory=AskedPlan)
    ended_at: datetime | None = None
    revisions: tuple[int, int] = (0, 0)
    split_changes: tuple[datetime, ...] = ()

    @property
    def control(self) -> AskedVariant:
        return self.variants[0]

    @property
    def treatments(self) -> tuple[AskedVariant, ...]:
        return self.variants[1:]

    @property
    def goals(self) -> tuple[AskedMetric, ...]:
        """The first one decides."""
        return tuple(metric for metric in self.metrics if metric.role == "goal")

    @property
    def split_changed_at(self) -> datetime | None:
        """The last time."""
        return max(self.split_changes, default=None)

    @property
    def split_days(self) -> tuple[date, ...]:
        """The days (UTC) on which allocations changed, in order."""
        return tuple(sorted({change.astimezone(UTC).date() for change in self.split_changes}))

    @property
    def until(self) -> datetime:
        """Up to when units could be exposed."""
        return min(self.ended_at or self.received_until, self.received_until)

    @property
    def questions(self) -> int:
        """How many goals are compared in how many treatments: the family of the correction."""
        return max(len(self.goals) * len(self.treatments), 1)

    def to_json(self) -> dict[str, Any]:
        """As a stored report keeps it; instants in ISO 8601."""
        told = asdict(self)
        for name in _INSTANTS:
            told[name] = told[name] and told[name].isoformat()
        told["split_changes"] = [change.isoformat() for change in self.split_changes]
        return told

    @classmethod
    def from_json(cls, told: Mapping[str, Any]) -> Self:
        """What `to_json` gave, exactly; names that are not known are left aside."""
        known = {name: told[name] for name in cls.__dataclass_fields__ if name in told}
        instants = {name: known[name] and datetime.fromisoformat(known[name]) for name in _INSTANTS if name in known}
        return cls(
            **{
                **known,
                **instants,
                "variants": tuple(AskedVariant(**each) for each in known["variants"]),
                "metrics": tuple(AskedMetric(**each) for each in known["metrics"]),
                "plan": AskedPlan(**known["plan"]),
                "revisions": tuple(known["revisions"]),
                "split_changes": tuple(map(datetime.fromisoformat, known.get("split_changes", ()))),
            }
        )
