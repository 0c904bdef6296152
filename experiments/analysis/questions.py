"""What the engines are asked: the sums of an experiment's metrics, without a word about rows or databases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Literal
from uuid import UUID

Kind = Literal["binomial", "count", "mean", "ratio", "quantile", "retention"]
Aggregation = Literal["sum", "count", "max", "min", "mean"]
Condition = Mapping[
    str, Any
]  # {"attribute": "country", "operator": "eq", "value": "DE"}, as experiments/metrics/filters.py takes them


@dataclass(frozen=True, slots=True)
class Part:
    """Which events are taken, and what becomes of those of one unit; a unit without any has 0."""

    event: str
    aggregation: Aggregation = "sum"
    filter: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class MetricQuestion:
    """One metric. Events at [t0 + delay, t0 + window) count, where t0 is the unit's first exposure.

    Those at [t0 - lookback, t0) are its past, measured in the same way; no past is asked for with a lookback of zero.
    `cap` is the share of units whose totals stay as they are; larger totals are cut to the quantile there, which is
    taken over all variants together.
    """

    key: str
    kind: Kind
    numerator: Part
    denominator: Part | None = None
    window: timedelta = timedelta(days=7)
    delay: timedelta = timedelta(0)
    lookback: timedelta = timedelta(0)
    quantile: float | None = None
    cap: float | None = None


@dataclass(frozen=True, slots=True)
class Question:
    """An experiment's sums. The first variant is the control.

    Exposures count at [begun_at, ended_at), those of `flag` by the experiment's variants as well; events that were
    stored after `received_until` do not exist. Units that were exposed to two variants are set aside. `dimensions` are
    attributes of a unit's first exposure. `split_days` are the days (UTC), in order, on which allocations changed:
    quantiles are told apart by the times between them (`times.py`), which other sums need not be, having days.
    """

    environment_id: UUID
    experiment: str
    flag: str | None
    variants: tuple[str, ...]
    begun_at: datetime
    ended_at: datetime
    received_until: datetime
    metrics: tuple[MetricQuestion, ...] = ()
    dimensions: tuple[str, ...] = ()
    split_days: tuple[date, ...] = ()
