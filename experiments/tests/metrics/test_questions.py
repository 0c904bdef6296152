"""The engines are asked what the rows say; the intake knows every name that events may carry."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from accounts.models import User
from experiments.analysis.questions import MetricQuestion, Part
from experiments.life_cycle import move
from experiments.metrics.plans import update_plan
from experiments.metrics.questions import NotStarted, question_of
from experiments.metrics.using import set_metrics
from experiments.models import Experiment
from experiments.tests.metrics.conftest import MakeMetric
from flags.models import Flag

pytestmark = pytest.mark.django_db
Make = Callable[..., Experiment]
NOW = datetime(2030, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


def test_a_question_is_what_the_rows_say(started: Make, button: Flag, make: MakeMetric, alice: User) -> None:
    experiment = started("colour", flag="button")
    paid = [{"attribute": "$value", "operator": "gt", "value": 0}]
    make("ratio", kind="ratio", filter=paid, aggregation="sum", denominator_event="visit", cap=0.99)
    make("slow", kind="quantile", quantile=0.9, window_hours=24)
    set_metrics(experiment, [{"metric": "slow"}, {"metric": "ratio"}], by=alice)
    question = question_of(experiment, now=NOW, received_until=NOW - HOUR)
    assert (question.experiment, question.flag) == ("colour", "button")
    assert question.variants == ("control", "treatment")
    assert (question.begun_at, question.ended_at) == (experiment.started_at, NOW)
    assert question.received_until == NOW - HOUR
    slow, ratio = question.metrics
    assert slow == MetricQuestion("slow", "quantile", Part("signed_up", "count"), window=24 * HOUR, quantile=0.9)
    assert ratio.numerator == Part("signed_up", "sum", tuple(paid))
    assert (ratio.denominator, ratio.lookback, ratio.cap) == (Part("visit", "count"), 168 * HOUR, 0.99)


def test_the_past_and_the_dimensions_are_asked_for_as_the_plan_says(
    started: Make, make: MakeMetric, alice: User
) -> None:
    experiment = started()
    set_metrics(experiment, [{"metric": make().key}], by=alice)
    update_plan(experiment, by=alice, uses_past=False, dimensions=["country"])
    question = question_of(experiment, now=NOW, received_until=NOW)
    assert (question.metrics[0].lookback, question.dimensions) == (timedelta(0), ("country",))


def test_an_experiment_that_ended_is_asked_about_up_to_its_end(drafted: Make, started: Make, alice: User) -> None:
    ended = move(started(), "ARCHIVED", by=alice)
    assert question_of(ended, now=NOW, received_until=NOW).ended_at == ended.archived_at
    with pytest.raises(NotStarted):
        question_of(drafted("draft"), now=NOW, received_until=NOW)
