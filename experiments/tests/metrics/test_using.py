"""What an experiment is measured by and how it is judged: edited as a whole or one by one, and never a revision."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.errors import Conflict, Forbidden, NotFound, Outdated
from accounts.models import User
from audit.models import Entry
from audit.wording import told
from experiments.life_cycle import move
from experiments.metrics.plans import update_plan
from experiments.metrics.queries import plan_of, uses_etag, uses_of
from experiments.metrics.services import MetricInUse, archive_metric, delete_metric, update_metric
from experiments.metrics.using import MetricUsed, add_metric, remove_metric, set_metrics
from experiments.models import AnalysisPlan, Experiment, ExperimentMetric
from experiments.tests.metrics.conftest import MakeMetric
from experiments.validation import InvalidExperiment

pytestmark = pytest.mark.django_db
Make = Callable[..., Experiment]
NO_METRICS: list[tuple[Any, str]] = [
    ("a", "metrics"),
    ([{"metric": "a"}] * 51, "metrics"),
    (["a"], "metrics.0"),
    ([{}], "metrics.0.metric"),
    ([{"metric": 3}], "metrics.0.metric"),
    ([{"metric": "a"}, {"metric": "none"}], "metrics.1.metric"),
    ([{"metric": "a"}, {"metric": "a"}], "metrics.1.metric"),
    ([{"metric": "a", "role": "target"}], "metrics.0.role"),
    ([{"metric": "a", "role": "guardrail"}], "metrics.0.role"),
    ([{"metric": "a", "margin": 1}], "metrics.0.margin"),
    ([{"metric": "old"}], "metrics.0.metric"),
]
NO_PLANS: list[dict[str, Any]] = [
    {"method": "guess"},
    {"confidence": 0.4},
    {"confidence": 1},
    {"correction": "holms"},
    {"uses_past": 1},
    {"planned_units": 0},
    {"planned_units": 1.5},
    {"planned_days": 731},
    {"looks": 0},
    {"spending": "fast"},
    {"prior_deviation": 0},
    {"prior_deviation": float("inf")},
    {"dimensions": "country"},
    {"version": 3},
]


def listed(experiment: Experiment) -> list[tuple[str, str]]:
    return [(use.metric.key, use.role) for use in uses_of(experiment)]


def test_metrics_of_an_experiment_are_set_as_a_whole(drafted: Make, make: MakeMetric, bob: User) -> None:
    experiment, first, second = drafted(), make("a", margin=0.01), make("b")
    set_metrics(experiment, [{"metric": "a"}, {"metric_key": "b", "role": "goal"}], by=bob)
    kept = {use.metric.key: use.pk for use in uses_of(experiment)}
    set_metrics(experiment, [{"metric_id": str(second.pk)}, {"metric": "a", "role": "guardrail"}], by=bob)
    assert listed(experiment) == [("b", "goal"), ("a", "guardrail")]
    assert {use.metric.key: use.pk for use in uses_of(experiment)} == kept
    set_metrics(experiment, [{"metric": first.key}], by=bob)
    assert listed(experiment) == [("a", "goal")]


def test_what_cannot_measure_is_refused_where_it_stands(drafted: Make, make: MakeMetric, alice: User) -> None:
    experiment = drafted()
    make("a")
    archive_metric(make("old"), by=alice)
    for given, path in NO_METRICS:
        with pytest.raises(InvalidExperiment) as refused:
            set_metrics(experiment, given, by=alice)
        assert list(refused.value.fields) == [path], given
    assert not ExperimentMetric.objects.exists()


def test_a_long_list_that_stays_takes_no_more_queries_than_a_short_one(
    drafted: Make, make: MakeMetric, bob: User
) -> None:
    experiment, counts = drafted(), []
    keys = [make(f"m{at}").key for at in range(6)]
    for size in (2, 6):
        wanted = [{"metric": key} for key in keys[:size]]
        set_metrics(experiment, wanted, by=bob)
        with CaptureQueriesContext(connection) as asked:
            set_metrics(experiment, wanted, by=bob)
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_metrics_are_added_behind_the_others_and_removed_one_by_one(drafted: Make, make: MakeMetric, bob: User) -> None:
    experiment = drafted()
    for key in ("c", "a", "b"):
        add_metric(experiment, make(key).key, by=bob)
    remove_metric(experiment, "a", by=bob)
    assert listed(experiment) == [("c", "goal"), ("b", "goal")]
    with pytest.raises(MetricUsed):
        add_metric(experiment, "b", by=bob)
    with pytest.raises(NotFound):
        remove_metric(experiment, "a", by=bob)
    with pytest.raises(InvalidExperiment) as refused:
        add_metric(experiment, "a", by=bob, role="guardrail")
    assert list(refused.value.fields) == ["role"]


def test_an_edit_of_a_list_that_was_changed_since_is_refused(drafted: Make, make: MakeMetric, bob: User) -> None:
    experiment, read = drafted(), uses_etag([])
    add_metric(experiment, make("a").key, by=bob, if_match=read)
    with pytest.raises(Outdated):
        set_metrics(experiment, [], by=bob, if_match=read)
    assert set_metrics(experiment, [], by=bob, if_match=uses_etag(list(uses_of(experiment)))) == []


def test_a_metric_in_use_keeps_its_margin_and_is_not_deleted(drafted: Make, make: MakeMetric, bob: User) -> None:
    experiment, metric = drafted(), make("a", margin=0.01)
    add_metric(experiment, "a", by=bob, role="guardrail")
    with pytest.raises(MetricInUse, match="experiment button-color in staging"):
        delete_metric(metric, by=bob)
    with pytest.raises(InvalidExperiment, match="not valid") as refused:
        update_metric(metric, by=bob, margin=None)
    assert "button-color in staging" in refused.value.fields["margin"][0]
    archive_metric(metric, by=bob)
    assert set_metrics(experiment, [{"metric": "a"}], by=bob)[0].metric == metric


def test_what_was_done_to_metrics_and_plans_is_told_of_the_experiment(
    drafted: Make, make: MakeMetric, bob: User
) -> None:
    experiment = drafted()
    add_metric(experiment, make("a", margin=0.1).key, by=bob)
    set_metrics(experiment, [{"metric": "a", "role": "guardrail"}], by=bob)
    update_plan(experiment, by=bob, method="bayesian")
    remove_metric(experiment, "a", by=bob)
    entries = Entry.objects.filter(subject__in=("experiment_metric", "analysis_plan"), environment="staging")
    assert {(each.verb, each.subject, each.entry.key) for each in told(entries)} == {
        ("created", "metric of experiment", "button-color"),
        ("changed", "metric of experiment", "button-color"),
        ("deleted", "metric of experiment", "button-color"),
        ("created", "analysis plan of experiment", "button-color"),
    }


def test_what_is_no_plan_is_refused_at_its_field(drafted: Make, alice: User) -> None:
    experiment = drafted()
    for given in NO_PLANS:
        with pytest.raises(InvalidExperiment) as refused:
            update_plan(experiment, by=alice, **given)
        assert list(refused.value.fields) == list(given), given
    assert not AnalysisPlan.objects.exists()


def test_a_dimension_has_no_comma(drafted: Make, alice: User) -> None:
    with pytest.raises(InvalidExperiment) as refused:
        update_plan(drafted(), by=alice, dimensions=["country", "plan,tier"])
    assert list(refused.value.fields) == ["dimensions.1"]


def test_a_method_that_looks_at_the_end_needs_one(drafted: Make, bob: User) -> None:
    experiment = drafted()
    for method in ("fixed", "group_sequential"):
        with pytest.raises(InvalidExperiment) as refused:
            update_plan(experiment, by=bob, method=method)
        assert list(refused.value.fields) == ["planned_units"]
        assert update_plan(experiment, by=bob, method=method, planned_units=5000).method == method
        update_plan(experiment, by=bob, method="sequential", planned_units=None)


def test_days_are_an_end_for_a_fixed_horizon_and_none_for_planned_looks(drafted: Make, bob: User) -> None:
    experiment = drafted()
    assert update_plan(experiment, by=bob, method="fixed", planned_days=14).method == "fixed"
    with pytest.raises(InvalidExperiment) as refused:
        update_plan(experiment, by=bob, method="group_sequential")
    assert "parts of the planned units" in refused.value.fields["planned_units"][0]
    update_plan(experiment, by=bob, method="group_sequential", planned_units=5000)
    with pytest.raises(InvalidExperiment):
        update_plan(experiment, by=bob, planned_units=None)


def test_a_plan_says_whether_it_was_written_after_the_start(drafted: Make, bob: User) -> None:
    experiment = drafted()
    assert (plan_of(experiment).method, plan_of(experiment).version) == ("sequential", 0)
    update_plan(experiment, by=bob, if_match='"0"', uses_past=True)
    assert not AnalysisPlan.objects.exists()
    update_plan(experiment, by=bob, if_match='"0"', dimensions=["country"])
    move(experiment, "RUNNING", by=bob)
    assert not plan_of(experiment).changed_after_start
    assert update_plan(experiment, by=bob, if_match='"1"', dimensions=["country"]).changed_after_start is False
    changed = update_plan(experiment, by=bob, confidence=0.9)
    assert (changed.changed_after_start, changed.dimensions, changed.version) == (True, ("country",), 2)
    with pytest.raises(Outdated):
        update_plan(experiment, by=bob, if_match='"1"', confidence=0.8)


def test_who_may_not_change_the_experiment_changes_neither_metrics_nor_plan(
    drafted: Make, make: MakeMetric, alice: User, charlie: User
) -> None:
    experiment = drafted()
    make("a")
    with pytest.raises(Forbidden):
        add_metric(experiment, "a", by=charlie)
    with pytest.raises(Forbidden):
        update_plan(experiment, by=charlie, confidence=0.9)
    move(experiment, "ARCHIVED", by=alice)
    with pytest.raises(Conflict):
        add_metric(experiment, "a", by=alice)
    with pytest.raises(Conflict):
        update_plan(experiment, by=alice, confidence=0.9)
