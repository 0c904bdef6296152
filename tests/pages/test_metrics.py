"""The pages of metrics, and what an experiment's page says of its metrics and its plan."""

import re
from typing import Any

import pytest
from django.test import Client

from accounts.models import Environment, Project, User
from experiments.metrics.plans import update_plan
from experiments.metrics.queries import plan_of, uses_of
from experiments.metrics.services import create_metric, update_metric
from experiments.metrics.using import set_metrics
from experiments.models import Experiment, ExperimentMetric, Metric
from tests.pages.reading import Browse, element, elements, text
from tests.pages.trials import address, draft, running

pytestmark = pytest.mark.django_db
METRICS = "/dashboard/metrics"
SIGNUP = f"{METRICS}/signup"
TYPED = {"event": "signed_up", "direction": "up", "window_hours": "7 days", "lookback_hours": "0"}
RATIO = {
    **TYPED,
    "kind": "ratio",
    "key": "clicks",
    "aggregation": "count",
    "denominator_event": "view",
    "denominator_aggregation": "count",
    "window_hours": "36 hours",
    "minimum_effect": "2.5",
    "cap": "99.9",
    "filter_attribute": ["country", "$value", ""],
    "filter_operator": ["in", "gte", "eq"],
    "filter_value": ['DE, "1"', "10", ""],
}

BAD: list[tuple[dict[str, Any], str]] = [
    ({"key": "signup"}, "id_key_error"),
    ({"key": "a b"}, "id_key_error"),
    ({"event": ""}, "id_event_error"),
    ({"window_hours": "7"}, "id_window_hours_error"),
    ({"window_hours": "91 days"}, "id_window_hours_error"),
    ({"cap": "40"}, "id_cap_error"),
    ({"minimum_effect": "NaN"}, "id_minimum_effect_error"),
    ({"owner": "nobody@example.com"}, "id_owner_error"),
    ({"filter_value": ["DE", "ten", ""]}, "filter-why-2"),
    ({"filter_value": ["DE", "9" * 400, ""]}, "filter-why-2"),
]


@pytest.fixture
def metric(project: Project, alice: User) -> Metric:
    return create_metric(project, by=alice, key="signup", kind="binomial", event="signed_up", margin=0.01)


@pytest.fixture
def measured(staging: Environment, alice: User, metric: Metric, project: Project) -> Experiment:
    create_metric(project, by=alice, key="clicks", kind="count", event="click")
    experiment = draft(staging, by=alice)
    set_metrics(experiment, [{"metric": "signup"}, {"metric": "clicks"}], by=alice)
    return experiment


def listed(experiment: Experiment) -> list[tuple[str, str]]:
    return [(use.metric.key, use.role) for use in uses_of(experiment)]


def change(client: Client, do: str, *uses: tuple[str, str], **typed: str) -> Any:
    rows = {"metric": [key for key, _ in uses], "role": [role for _, role in uses]}
    return client.post(address("metrics"), {"do": do, **rows, **typed})


def save(client: Client, **typed: str) -> None:
    """Save what the page of the metric shows, with this typed into it."""
    form = client.get(SIGNUP).context["form"]
    shown = {name: form[name].value() or "" for name in form.fields}
    for part in ("attribute", "operator", "value"):
        shown[f"filter_{part}"] = [getattr(row, part) for row in form.rows["filter"]]
    assert client.post(SIGNUP, {"kind": form.kind, **shown, **typed}).status_code == 302


def rows(page: Any) -> list[tuple[str, str]]:
    """The metrics of an experiment and the roles that are chosen on its page."""
    keys = [each["value"] for each in elements(page, "input", name="metric")]
    selects = re.findall(r'<select name="role".*?</select>', page.content.decode())
    return list(zip(keys, (re.findall(r'value="(\w+)" selected', each)[0] for each in selects), strict=True))


def test_metrics_are_listed_in_words_and_found(browse: Browse, charlie: User, metric: Metric) -> None:
    page = browse(charlie).get(METRICS)
    assert "The share of users with one or more “signed_up” events in the 7 days after" in text(page)
    assert not elements(page, "a", href=f"{METRICS}/new")
    assert "No metric matches" in text(browse(charlie).get(f"{METRICS}?kind=ratio"))
    assert "1 metric found" in text(browse(charlie).get(f"{METRICS}?search=SIGN"))


def test_a_kind_shows_the_fields_that_it_has_and_keeps_what_was_typed(
    browse: Browse, bob: User, metric: Metric
) -> None:
    page = browse(bob).get(f"{METRICS}/new?kind=ratio&key=fresh&filter_attribute=plan&filter_value=pro")
    assert element(page, "input", name="key")["value"] == "fresh"
    assert element(page, "input", name="denominator_event")
    assert [each["value"] for each in elements(page, "input", name="filter_attribute")] == ["plan", ""]
    assert not elements(page, "input", name="quantile")
    changed = browse(bob).get(f"{SIGNUP}?kind=quantile")
    assert element(changed, "input", name="quantile")
    assert not elements(changed, "input", name="lookback_hours")


def test_a_metric_is_made_of_what_is_typed(browse: Browse, bob: User, project: Project) -> None:
    assert browse(bob).post(f"{METRICS}/new", RATIO).url == f"{METRICS}/clicks"
    metric = Metric.objects.get()
    assert (metric.window_hours, metric.lookback_hours, metric.minimum_effect, metric.cap) == (36, 0, 0.025, 0.999)
    assert metric.filter == [
        {"attribute": "country", "operator": "in", "value": ["DE", "1"]},
        {"attribute": "$value", "operator": "gte", "value": 10},
    ]
    page = browse(bob).get(f"{METRICS}/clicks")
    assert [each["value"] for each in elements(page, "input", name="filter_value")] == ['DE, "1"', "10", ""]
    assert element(page, "input", name="window_hours")["value"] == "36 hours"
    assert element(page, "input", name="cap")["value"] == "99.9"


@pytest.mark.parametrize("operator", ["contains", "starts_with", "ends_with"])
@pytest.mark.parametrize("value", [["pro", "team"], ["a,b", "c"], "a,b", "pro", '"', ",", "a, "], ids=str)
def test_what_a_text_is_compared_with_stays_when_something_else_is_saved(
    browse: Browse, bob: User, metric: Metric, operator: str, value: Any
) -> None:
    condition = {"attribute": "plan", "operator": operator, "value": value}
    update_metric(metric, by=bob, filter=[condition])
    save(browse(bob), name="Another name")
    metric.refresh_from_db()
    assert (metric.name, metric.filter) == ("Another name", [condition])


def test_spaces_before_a_comma_are_no_part_of_a_value(browse: Browse, bob: User, project: Project) -> None:
    browse(bob).post(f"{METRICS}/new", {**RATIO, "filter_value": ["DE , AT", "10", ""]})
    assert Metric.objects.get().filter[0]["value"] == ["DE", "AT"]


@pytest.mark.parametrize("share", [1 / 3, 0.1 + 0.2, 1e-7, 5e-324], ids=str)
def test_a_share_of_any_digits_stays_when_something_else_is_saved(
    browse: Browse, bob: User, metric: Metric, share: float
) -> None:
    update_metric(metric, by=bob, minimum_effect=share)
    save(browse(bob), name="Another name")
    metric.refresh_from_db()
    assert (metric.name, metric.minimum_effect) == ("Another name", share)


def test_what_was_emptied_stays_empty_when_another_kind_is_chosen(browse: Browse, bob: User, metric: Metric) -> None:
    update_metric(metric, by=bob, description="Old text.")
    page = browse(bob).get(f"{SIGNUP}?kind=count&description=&margin=&event=signed_up")
    assert element(page, "textarea", name="description").text.strip() == ""
    assert "value" not in element(page, "input", name="margin")


def test_bad_input_is_said_where_it_was_typed(browse: Browse, bob: User, metric: Metric) -> None:
    bobs = browse(bob)
    for bad, where in BAD:
        refused = bobs.post(f"{METRICS}/new", {**RATIO, "name": "Keep this.", **bad})
        assert refused.status_code in (400, 409), bad
        assert element(refused, "div", id=where).text
        assert element(refused, "input", name="name")["value"] == "Keep this."
        assert element(refused, "input", name="kind")["value"] == "ratio"
    assert Metric.objects.count() == 1


def test_a_metric_is_changed_and_a_lost_race_is_told(browse: Browse, alice: User, bob: User, metric: Metric) -> None:
    read = elements(browse(bob).get(SIGNUP), "input", name="version")[0]["value"]
    update_metric(metric, by=alice, name="Alice's")
    typed = {**TYPED, "kind": "retention", "delay_hours": "1 day", "name": "Bob's", "version": read}
    refused = browse(bob).post(SIGNUP, typed)
    assert refused.status_code == 412
    newest = elements(refused, "input", name="version")[0]["value"]
    assert browse(bob).post(SIGNUP, {**typed, "version": newest}).url == SIGNUP
    metric.refresh_from_db()
    assert (metric.name, metric.kind, metric.delay_hours, metric.margin) == ("Bob's", "retention", 24, None)


def test_a_metric_is_archived_restored_and_deleted_where_nobody_needs_it(
    browse: Browse, bob: User, measured: Experiment, metric: Metric
) -> None:
    assert "signup is in use" in text(browse(bob).get(f"{SIGNUP}/delete"))
    assert browse(bob).post(f"{SIGNUP}/delete").status_code == 409
    browse(bob).post(f"{SIGNUP}/archive", {"to": "archived"})
    assert "This metric is archived" in text(browse(bob).get(SIGNUP))
    browse(bob).post(f"{SIGNUP}/archive", {"to": "restored"})
    change(browse(bob), "remove:signup", ("signup", "goal"), ("clicks", "goal"))
    assert browse(bob).post(f"{SIGNUP}/delete").url == METRICS
    assert Metric.objects.get().key == "clicks"


def test_a_viewer_reads_and_changes_nothing(browse: Browse, charlie: User, measured: Experiment) -> None:
    assert "Your role may read" in text(browse(charlie).get(SIGNUP))
    assert browse(charlie).get(f"{METRICS}/new").status_code == 403
    for path in (SIGNUP, f"{SIGNUP}/archive", f"{SIGNUP}/delete", address("metrics"), address("plan")):
        assert browse(charlie).post(path, {**TYPED, "kind": "binomial"}).status_code in (400, 403)
    assert (Metric.objects.count(), ExperimentMetric.objects.count()) == (2, 2)


def test_how_many_users_it_takes_is_answered_on_the_page(browse: Browse, charlie: User, metric: Metric) -> None:
    asked = "power=80&rate=5&minimum_effect=10&variants=2&units_per_day=5000"
    page = browse(charlie).get(f"{SIGNUP}?{asked}")
    assert "62,462 users, 31,231 in each variant: 13 days." in text(page)
    refused = browse(charlie).get(f"{SIGNUP}?{asked}&rate=100")
    assert element(refused, "div", id="size_rate_error").text
    for name in ("variants", "units_per_day"):
        refused = browse(charlie).get(f"{SIGNUP}?{asked}&{name}={'9' * 400}")
        assert element(refused, "div", id=f"size_{name}_error").text


def test_metrics_of_an_experiment_are_moved_given_roles_added_and_removed(
    browse: Browse, bob: User, measured: Experiment
) -> None:
    change(browse(bob), "down:signup", ("signup", "guardrail"), ("clicks", "goal"))
    assert listed(measured) == [("clicks", "goal"), ("signup", "guardrail")]
    change(browse(bob), "remove:clicks", ("clicks", "goal"), ("signup", "guardrail"))
    change(browse(bob), "add", ("signup", "guardrail"), added="clicks", added_role="goal")
    assert listed(measured) == [("signup", "guardrail"), ("clicks", "goal")]
    assert "“click” events" in element(browse(bob).get(address()), "section", id="metrics").text


def test_what_an_experiment_cannot_be_measured_by_is_told(browse: Browse, bob: User, measured: Experiment) -> None:
    refused = change(browse(bob), "save", ("signup", "goal"), ("clicks", "guardrail"))
    assert refused.status_code == 400
    assert "A guardrail needs a margin" in element(refused, "section", id="metrics").text
    stale = change(browse(bob), "save", ("clicks", "goal"), version='"0"')
    assert stale.status_code == 412
    assert change(browse(bob), "add", ("signup", "goal"), added="").status_code == 400
    assert listed(measured) == [("signup", "goal"), ("clicks", "goal")]


def test_what_was_typed_of_roles_stays_when_it_is_refused(
    browse: Browse, alice: User, bob: User, measured: Experiment, project: Project
) -> None:
    typed = ("signup", "guardrail"), ("clicks", "guardrail")
    assert rows(change(browse(bob), "save", *typed)) == list(typed)
    create_metric(project, by=alice, key="views", kind="count", event="view")
    set_metrics(measured, [{"metric": "views"}, {"metric": "clicks"}, {"metric": "signup"}], by=alice)
    outdated = change(browse(bob), "save", *typed, version='"0"')
    assert outdated.status_code == 412
    assert rows(outdated) == [*typed, ("views", "goal")]
    set_metrics(measured, [{"metric": "clicks"}], by=alice)
    assert rows(change(browse(bob), "save", *typed, version='"0"')) == [("clicks", "guardrail")]


def test_planned_looks_without_planned_users_are_refused_on_the_page(
    browse: Browse, alice: User, bob: User, staging: Environment
) -> None:
    experiment = running(staging, by=alice)
    typed = {"method": "group_sequential", "confidence": "95", "correction": "holm", "looks": "5"}
    typed |= {"spending": "pocock", "prior_deviation": "10", "planned_days": "14"}
    page = browse(bob).post(address("plan"), typed)
    assert page.status_code == 400
    assert "looks at parts of the planned units" in text(page)
    assert browse(bob).post(address("plan"), {**typed, "planned_units": "5000"}).status_code == 302
    assert plan_of(experiment).planned_units == 5000


def test_a_plan_is_told_saved_and_marked_when_it_came_late(
    browse: Browse, alice: User, bob: User, staging: Environment
) -> None:
    experiment = running(staging, by=alice)
    assert "95 % confidence, Holm correction" in element(browse(bob).get(address()), "section", id="plan").text
    typed = {"method": "bayesian", "confidence": "90", "correction": "none", "looks": "5", "spending": "pocock"}
    typed |= {"prior_deviation": "5", "dimensions": "country, user plan,"}
    assert browse(bob).post(address("plan"), {**typed, "confidence": "100"}).status_code == 400
    assert browse(bob).post(address("plan"), typed).status_code == 302
    plan = plan_of(experiment)
    assert (plan.confidence, plan.prior_deviation, plan.dimensions) == (0.9, 0.05, ("country", "user plan"))
    assert "changed after the experiment had started" in text(browse(bob).get(address()))
    update_plan(experiment, by=alice, looks=6)
    assert browse(bob).post(address("plan"), {**typed, "version": '"1"'}).status_code == 412
