"""What a report is asked about an experiment, as its rows stand now."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any, cast

from experiments.analysis.questions import Kind
from experiments.metrics.queries import StandingPlan, plan_of, uses_of
from experiments.models import Experiment, ExperimentMetric
from experiments.results.asked import (
    Asked,
    AskedMetric,
    AskedPlan,
    AskedVariant,
    Correction,
    Direction,
    Method,
    Role,
    Spending,
)
from experiments.results.revisions import revisions_between
from experiments.results.splits import split_changes


def asked_of(experiment: Experiment, question: Mapping[str, Any], *, now: datetime, received_until: datetime) -> Asked:
    """`question` is the one about its sums, written down. The experiment has started."""
    assert experiment.started_at is not None
    ended_at = experiment.archived_at
    told = {metric["key"]: metric for metric in question["metrics"]}
    return Asked(
        key=experiment.key,
        name=experiment.name,
        environment=experiment.environment.key,
        status=experiment.status,
        variants=_variants(experiment),
        metrics=tuple(_metric(use, told[use.metric.key]) for use in uses_of(experiment) if use.metric.key in told),
        plan=_plan(plan_of(experiment)),
        begun_at=experiment.started_at,
        ended_at=ended_at,
        received_until=received_until,
        revisions=revisions_between(experiment.environment_id, experiment.started_at, ended_at or now),
        split_changes=split_changes(experiment, since=experiment.started_at),
    )


def _variants(experiment: Experiment) -> tuple[AskedVariant, ...]:
    """With the buckets that each has: they are the planned shares."""
    buckets: dict[object, int] = {}
    for allocation in experiment.allocations.all():
        size = allocation.range_end - allocation.range_start + 1
        buckets[allocation.variant_id] = buckets.get(allocation.variant_id, 0) + size
    variants = experiment.variants.order_by("position", "key")
    return tuple(AskedVariant(each.key, each.name, float(buckets.get(each.pk, 0))) for each in variants)


def _metric(use: ExperimentMetric, told: Mapping[str, Any]) -> AskedMetric:
    """`told` is the question about it, written down: what is counted, and how."""
    metric = use.metric
    return AskedMetric(
        key=metric.key,
        kind=cast("Kind", metric.kind),
        name=metric.name,
        role=cast("Role", use.role),
        direction=cast("Direction", metric.direction),
        minimum_effect=metric.minimum_effect,
        margin=metric.margin,
        window_hours=float(metric.window_hours),
        quantile=metric.quantile,
        definition=json.dumps(told, sort_keys=True),
    )


def _plan(plan: StandingPlan) -> AskedPlan:
    return AskedPlan(
        method=cast("Method", plan.method),
        confidence=plan.confidence,
        correction=cast("Correction", plan.correction),
        uses_past=plan.uses_past,
        planned_units=plan.planned_units,
        planned_days=plan.planned_days,
        looks=plan.looks,
        spending=cast("Spending", plan.spending),
        prior_deviation=plan.prior_deviation,
        changed_after_start=plan.changed_after_start,
    )
