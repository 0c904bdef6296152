"""What the engines are asked about an experiment: its variants, its metrics, and the time that counts."""

from datetime import datetime, timedelta
from typing import cast

from accounts.errors import Impossible
from experiments.analysis.questions import Aggregation, Kind, MetricQuestion, Part, Question
from experiments.metrics.queries import StandingPlan, plan_of, uses_of
from experiments.models import Experiment, Metric


class NotStarted(Impossible):
    """The experiment never ran, so that there is nothing to ask about it."""

    code = "not_started"


def question_of(experiment: Experiment, *, now: datetime, received_until: datetime) -> Question:
    """The sums of its metrics as they and its plan stand, up to its end or to `now`. Raises NotStarted."""
    if experiment.started_at is None:
        raise NotStarted(f"Experiment {experiment.key} has not started. Start it: nobody was exposed to it yet.")
    plan = plan_of(experiment)
    return Question(
        environment_id=experiment.environment_id,
        experiment=experiment.key,
        flag=experiment.flag.key if experiment.flag else None,
        variants=tuple(experiment.variants.order_by("position", "key").values_list("key", flat=True)),
        begun_at=experiment.started_at,
        ended_at=experiment.archived_at or now,
        received_until=received_until,
        metrics=tuple(metric_question(use.metric, plan=plan) for use in uses_of(experiment)),
        dimensions=plan.dimensions,
    )


def metric_question(metric: Metric, *, plan: StandingPlan) -> MetricQuestion:
    """The past is asked for where the plan takes it out; quantiles have none."""
    is_ratio, is_quantile = metric.kind == Metric.Kind.RATIO, metric.kind == Metric.Kind.QUANTILE
    has_past = plan.uses_past and not is_quantile
    denominator = _part(metric.denominator_event, metric.denominator_aggregation, metric.denominator_filter)
    return MetricQuestion(
        key=metric.key,
        kind=cast("Kind", metric.kind),
        numerator=_part(metric.event, metric.aggregation, metric.filter),
        denominator=denominator if is_ratio else None,
        window=timedelta(hours=metric.window_hours),
        delay=timedelta(hours=metric.delay_hours),
        lookback=timedelta(hours=metric.lookback_hours if has_past else 0),
        quantile=metric.quantile,
        cap=metric.cap,
    )


def _part(event: str, aggregation: str, conditions: list[dict[str, object]]) -> Part:
    return Part(event, cast("Aggregation", aggregation), tuple(conditions))
