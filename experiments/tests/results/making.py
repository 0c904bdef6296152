"""Makes sums of units that were simulated, so that what a report has to say is known."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import numpy.typing as npt

from experiments.analysis.sums import Cell, MetricSums, Sums
from experiments.results.asked import Asked, AskedMetric, AskedPlan, AskedVariant
from experiments.results.report import report_of
from experiments.stats.moments import Moments, moments_of
from experiments.stats.quantiles import quantile_of

BEGUN_AT = datetime(2026, 3, 2, tzinfo=UTC)
NOW = BEGUN_AT + timedelta(days=28)
CONVERSION = AskedMetric("conversion", "binomial", "Conversion")
REVENUE = AskedMetric("revenue", "mean", "Revenue", minimum_effect=0.02)
REFUNDS = AskedMetric("refunds", "count", "Refunds", role="guardrail", direction="down", margin=0.1)
BASKET = AskedMetric("basket", "ratio", "Basket")
LOADING = AskedMetric("loading", "quantile", "Loading time", direction="down", quantile=0.9)


def asked_of(*metrics: AskedMetric, variants: Iterable[str] = ("control", "treatment"), **plan: Any) -> Asked:
    """Four weeks of a running experiment."""
    return Asked(
        key="checkout",
        name="New checkout",
        environment="production",
        status="RUNNING",
        variants=tuple(AskedVariant(key, key.title(), 5000) for key in variants),
        begun_at=BEGUN_AT,
        received_until=NOW,
        metrics=metrics,
        plan=AskedPlan(**plan),
        revisions=(3, 9),
    )


def report(asked: Asked, sums: Sums, earlier: Mapping[str, Any] | None = None) -> dict[str, Any]:
    return report_of(asked, sums, earlier=earlier, now=asked.received_until)


def converted(**counts: tuple[int, int]) -> Sums:
    """`converted(control=(500, 10_000), treatment=(560, 10_000))`: all exposed on the first day."""
    cells = {Cell(variant, BEGUN_AT.date()): counted for variant, counted in counts.items()}
    moments = {cell: rate_moments(*counted) for cell, counted in cells.items()}
    return sums_of({cell: n for cell, (_, n) in cells.items()}, conversion=MetricSums(by_cell=moments))


def rate_moments(count: int, n: int) -> Moments:
    rate = count / n
    return Moments(n, np.array([rate]), np.array([[n * rate * (1 - rate)]]))


def sums_of(units: Mapping[Cell, int], set_aside: int = 0, **metrics: MetricSums) -> Sums:
    return Sums(units, set_aside, metrics, exposures=sum(units.values()), metric_events=1000, digest="a1b2c3")


def valued(**arms: npt.ArrayLike) -> Sums:
    """`valued(control=rows, treatment=rows)` of the metric revenue: all exposed on the first day."""
    cells = {Cell(variant, BEGUN_AT.date()): moments_of(rows) for variant, rows in arms.items()}
    return sums_of({cell: moments.n for cell, moments in cells.items()}, revenue=MetricSums(by_cell=cells))


def shop(units: int = 12_000, *, effect: float = 0.08, days: int = 28, seed: int = 7, control: str = "control") -> Sums:
    """A shop's experiment with everything: pasts, a cap, a ratio, a quantile, countries, and units set aside."""
    rng = np.random.default_rng(seed)
    parts = {control: _people(rng, units // 2, 0.0, days), "treatment": _people(rng, units // 2, effect, days)}
    counted = Counter(Cell(variant, day) for variant, people in parts.items() for day in people["day"])
    return replace(
        sums_of(
            counted,
            set_aside=units // 400,
            conversion=_metric(parts, "orders_any", "past_any"),
            revenue=replace(_metric(parts, "capped", "past"), uncapped=_metric(parts, "revenue").by_cell, cap=250.0),
            refunds=_metric(parts, "refunds"),
            basket=_metric(parts, "revenue", "orders"),
            loading=MetricSums(quantiles={variant: people["loading"] for variant, people in parts.items()}),
        ),
        units_by_dimension={"country": _by_country(parts)},
    )


def _people(rng: np.random.Generator, n: int, effect: float, days: int) -> dict[str, Any]:
    engaged = rng.gamma(2, 0.5, n)
    orders = rng.poisson(0.12 * engaged * (1 + effect))
    revenue = orders * rng.lognormal(3.6, 0.6, n)
    past_orders = rng.poisson(0.12 * engaged)
    pages = rng.integers(1, 6, n)
    times = rng.lognormal(-0.5, 0.5, int(pages.sum()))
    return {
        "day": [BEGUN_AT.date() + timedelta(days=int(day)) for day in rng.integers(0, days, n)],
        "country": rng.choice(["DE", "FR", "US", ""], n, p=[0.5, 0.25, 0.2, 0.05]).tolist(),
        "orders": orders,
        "orders_any": orders > 0,
        "past_any": past_orders > 0,
        "revenue": revenue,
        "capped": np.minimum(revenue, 250.0),
        "past": past_orders * rng.lognormal(3.6, 0.6, n),
        "refunds": rng.poisson(0.3, n),
        "loading": quantile_of(times, np.repeat(np.arange(n), pages), 0.9),
    }


def _metric(parts: Mapping[str, Any], *columns: str) -> MetricSums:
    cells: dict[Cell, Moments] = {}
    countries: dict[str, dict[Cell, Moments]] = {}
    for variant, people in parts.items():
        rows = np.column_stack([people[column] for column in columns]).astype(float)
        for day in sorted(set(people["day"])):
            cell, of_day = Cell(variant, day), _where(people["day"], day)
            cells[cell] = moments_of(rows[of_day])
            for country in sorted(set(people["country"])):
                of_both = of_day & _where(people["country"], country)
                if of_both.any():
                    countries.setdefault(country, {})[cell] = moments_of(rows[of_both])
    return MetricSums(by_cell=cells, by_dimension={"country": countries})


def _by_country(parts: Mapping[str, Any]) -> dict[str, Counter[Cell]]:
    counted: dict[str, Counter[Cell]] = {}
    for variant, people in parts.items():
        for day, country in zip(people["day"], people["country"], strict=True):
            counted.setdefault(country, Counter())[Cell(variant, day)] += 1
    return counted


def _where(values: list[Any], value: date | str) -> npt.NDArray[np.bool_]:
    return np.array([each == value for each in values])
