"""Metrics are made, changed and retired by who may change the project; what makes no sense is said at its field."""

from typing import Any

import pytest

from accounts.errors import Forbidden, Outdated
from accounts.models import Project, User
from audit.models import Entry
from experiments.metrics.queries import list_metrics
from experiments.metrics.services import (
    MetricArchived,
    MetricExists,
    archive_metric,
    create_metric,
    delete_metric,
    restore_metric,
    update_metric,
)
from experiments.metrics.wording import definition_words
from experiments.models import Metric
from experiments.tests.metrics.conftest import MakeMetric
from experiments.validation import InvalidExperiment

pytestmark = pytest.mark.django_db
MEAN = {"kind": "mean", "event": "order_paid", "aggregation": "sum"}
RATIO = {"kind": "ratio", "event": "search", "denominator_event": "visit"}
BAD: list[tuple[dict[str, Any], str]] = [
    ({"key": ""}, "key"),
    ({"key": "a b"}, "key"),
    ({"key": "sample-size"}, "key"),
    ({"kind": "median"}, "kind"),
    ({"kind": ""}, "kind"),
    ({"event": ""}, "event"),
    ({"event": " signed_up"}, "event"),
    ({"event": "x" * 101}, "event"),
    ({"event": 3}, "event"),
    ({"name": "x" * 201}, "name"),
    ({"tags": ["a b"]}, "tags.0"),
    ({"filter": [{"attribute": "x", "operator": "gt", "value": "1"}]}, "filter.0.value"),
    ({"window_hours": 0}, "window_hours"),
    ({"window_hours": 24 * 90 + 1}, "window_hours"),
    ({"window_hours": 1.5}, "window_hours"),
    ({"window_hours": True}, "window_hours"),
    ({"lookback_hours": -1}, "lookback_hours"),
    ({"lookback_hours": 24 * 30 + 1}, "lookback_hours"),
    ({"minimum_effect": 0}, "minimum_effect"),
    ({"minimum_effect": float("nan")}, "minimum_effect"),
    ({"margin": -0.01}, "margin"),
    ({"margin": "1 %"}, "margin"),
    ({"direction": "sideways"}, "direction"),
    ({"cap": 0.99}, "cap"),
    ({"aggregation": "sum"}, "aggregation"),
    ({"quantile": 0.5}, "quantile"),
    ({"denominator_event": "visit"}, "denominator_event"),
    ({"delay_hours": 24}, "delay_hours"),
    ({"archived_at": None}, "archived_at"),
    ({**MEAN, "aggregation": "count"}, "aggregation"),
    ({**MEAN, "cap": 0.5}, "cap"),
    ({**MEAN, "cap": 1}, "cap"),
    ({**RATIO, "denominator_event": ""}, "denominator_event"),
    ({"kind": "quantile"}, "quantile"),
    ({"kind": "quantile", "quantile": 0}, "quantile"),
    ({"kind": "quantile", "quantile": 1}, "quantile"),
    ({"kind": "retention"}, "delay_hours"),
    ({"kind": "retention", "delay_hours": 48, "window_hours": 48}, "delay_hours"),
]


def test_what_makes_no_sense_is_refused_at_its_field(make: MakeMetric) -> None:
    for given, field in BAD:
        with pytest.raises(InvalidExperiment) as refused:
            make(**given)
        assert list(refused.value.fields) == [field], given
        assert all(sentence.endswith(".") for sentence in refused.value.fields[field]), given
    assert not Metric.objects.exists()


def test_owner_that_nobody_knows_is_refused(make: MakeMetric) -> None:
    with pytest.raises(Exception, match="not valid") as refused:
        make(owner="nobody@example.com")
    assert list(refused.value.fields) == ["owner"]  # type: ignore[attr-defined]


def test_each_kind_is_told_in_words(make: MakeMetric) -> None:
    paid = [{"attribute": "$value", "operator": "gte", "value": 10}]
    told = {
        make("a").key: "The share of users with one or more “signed_up” events in the 7 days after the first exposure.",
        make("b", kind="count"): "Per user, the number of “signed_up” events in the 7 days after the first exposure.",
        make("c", **MEAN, filter=paid, cap=0.999): "Per user, the sum of the values of “order_paid” events whose value "
        "is at least 10 in the 7 days after the first exposure. Totals above those of 99.9 % of users are cut.",
        make("d", **RATIO): "The sum of the values of “search” events, divided by the number of “visit” events, in the "
        "7 days after the first exposure.",
        make("e", kind="quantile", quantile=0.95): "The value that 95 % of “signed_up” events stay below, in the 7 "
        "days after the first exposure.",
        make("f", kind="retention", delay_hours=36): "The share of users with one or more “signed_up” events between "
        "36 hours and 7 days after the first exposure.",
    }
    for metric, words in told.items():
        assert definition_words(Metric.objects.get(key=str(metric))) == words


def test_what_does_not_matter_for_a_new_kind_is_emptied(alice: User, make: MakeMetric) -> None:
    metric = make(**RATIO, aggregation="max", cap=0.99)
    update_metric(metric, by=alice, kind="retention", delay_hours=24)
    metric.refresh_from_db()
    assert (metric.aggregation, metric.denominator_event, metric.cap, metric.delay_hours) == ("count", "", None, 24)
    with pytest.raises(InvalidExperiment) as refused:
        update_metric(metric, by=alice, window_hours=24)
    assert list(refused.value.fields) == ["delay_hours"]


def test_changes_are_in_history_and_cost_a_version(alice: User, make: MakeMetric) -> None:
    metric = make(margin=0.01)
    update_metric(metric, by=alice, if_match='"1"', margin=0.02)
    update_metric(metric, by=alice, margin=0.02)
    assert metric.version == 2
    [told] = Entry.objects.filter(subject="metric", key="signup", action="update").values_list("changes", flat=True)
    assert told == {"margin": [0.01, 0.02]}
    with pytest.raises(Outdated):
        update_metric(metric, by=alice, if_match='"1"', margin=0.03)


def test_a_key_is_taken_once_and_stays(alice: User, make: MakeMetric) -> None:
    metric = make()
    with pytest.raises(MetricExists, match="Change that one"):
        make()
    with pytest.raises(InvalidExperiment):
        update_metric(metric, by=alice, key="other")
    archive_metric(metric, by=alice)
    with pytest.raises(MetricExists, match="restore it"):
        make()


def test_an_archived_metric_stays_as_it_is_until_it_is_restored(
    alice: User, project: Project, make: MakeMetric
) -> None:
    metric = archive_metric(make(), by=alice)
    assert (list(list_metrics(project)), list(list_metrics(project, archived=True))) == ([], [metric])
    with pytest.raises(MetricArchived):
        update_metric(metric, by=alice, margin=0.1)
    restore_metric(metric, by=alice)
    assert update_metric(metric, by=alice, margin=0.1).margin == 0.1
    delete_metric(metric, by=alice)
    assert not Metric.objects.exists()


def test_metrics_are_found_by_text_event_and_kind(project: Project, make: MakeMetric) -> None:
    make("a", name="Sign-ups"), make("b", **RATIO)
    found = [list_metrics(project, search="VISIT"), list_metrics(project, search="sign-"), list_metrics(project)]
    assert [[metric.key for metric in each] for each in found] == [["b"], ["a"], ["a", "b"]]
    assert list_metrics(project, kind="count").count() == 0


def test_a_viewer_changes_nothing(bob: User, charlie: User, project: Project, make: MakeMetric) -> None:
    metric = make()
    for forbidden in (archive_metric, restore_metric, delete_metric, update_metric):
        with pytest.raises(Forbidden):
            forbidden(metric, by=charlie)
    with pytest.raises(Forbidden):
        create_metric(project, by=charlie, key="x", kind="binomial", event="x")
    assert update_metric(metric, by=bob, name="Bob's").name == "Bob's"


@pytest.mark.parametrize(("standing", "wanted"), [(1, True), (0, False), (True, 1), (1, 1.0)])
def test_a_filters_value_of_another_type_is_another_value(
    alice: User, make: MakeMetric, standing: Any, wanted: Any
) -> None:
    metric = make(filter=[{"attribute": "paid", "operator": "eq", "value": standing}])
    update_metric(metric, by=alice, filter=[{"attribute": "paid", "operator": "eq", "value": wanted}])
    [kept] = Metric.objects.get().filter
    assert (kept["value"], type(kept["value"]), metric.version) == (wanted, type(wanted), 2)
    assert Entry.objects.filter(subject="metric", action="update").count() == 1
