"""The page of results says what came out, draws it, and says what to do where nothing came out yet."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import Environment, User
from experiments.models import AnalysisJob, Experiment
from experiments.pages.results.metric_rows import metric_tables
from experiments.results.asked import Asked
from experiments.tests.results import making
from tests.pages.reading import Browse, element, elements, text
from tests.pages.reports import reported
from tests.pages.trials import address, draft, running

HERE = address("results")


@pytest.fixture
def experiment(staging: Environment, alice: User) -> Experiment:
    return running(staging, by=alice)


def everything() -> Asked:
    return making.asked_of(making.CONVERSION, making.REVENUE, making.REFUNDS, making.BASKET, making.LOADING)


def test_the_page_says_all_that_a_report_says(browse: Browse, charlie: User, experiment: Experiment) -> None:
    report = reported(experiment, everything(), making.shop())
    page = browse(charlie).get(HERE)
    told = text(page)
    assert report.document["verdict"]["sentence"] in told
    for warning in report.document["warnings"]:
        assert warning["sentence"] in told
    assert [heading.text for heading in elements(page, "h2")][1:] == [
        "Units",
        "Conversion Decides",
        "Revenue",
        "Refunds Guardrail",
        "Basket",
        "Loading time",
        "By country",
        "How this was computed",
    ]
    assert "a1b2c3" in told
    assert f"manage.py verify_report {report.pk}" in told
    assert "Without the cap: Control" in told


def test_intervals_are_drawn_and_told(browse: Browse, charlie: User, experiment: Experiment) -> None:
    sums = making.converted(control=(1000, 10_000), treatment=(1150, 10_000))
    reported(experiment, making.asked_of(making.CONVERSION, method="fixed"), sums)
    page = browse(charlie).get(HERE)
    bar = element(page, "svg", role="img")
    assert bar["aria-label"] == "Interval +6.2 % to +25 %"
    assert bar["class"] == "interval-bar good"
    assert "+15 % Better +6.2 % to +25 % below 0.001" in text(page)
    assert "10 %" in text(page)


@pytest.mark.parametrize(
    ("direction", "counts", "tone"),
    [("down", (1150, 10_000), "bad"), ("down", (850, 10_000), "good"), ("up", (1010, 10_000), "open")],
)
def test_the_colour_of_a_bar_is_that_of_the_decision(direction: str, counts: tuple[int, int], tone: str) -> None:
    asked = making.asked_of(replace(making.CONVERSION, direction=direction), method="fixed")
    [table] = metric_tables(making.report(asked, making.converted(control=(1000, 10_000), treatment=counts)))
    row = table.rows[1]
    assert row.bar is not None
    assert (row.tone, row.bar.tone) == (tone, tone)


def test_what_counts_alone_but_not_among_many_is_undecided() -> None:
    sums = making.converted(control=(1000, 10_000), b=(1090, 10_000), c=(1000, 10_000))
    asked = making.asked_of(making.CONVERSION, variants=("control", "b", "c"), method="fixed")
    [table] = metric_tables(making.report(asked, sums))
    assert [row.outcome for row in table.rows] == ["", "Undecided", "Undecided"]


def test_a_chart_has_a_table_of_the_same(browse: Browse, charlie: User, experiment: Experiment) -> None:
    reported(experiment, making.asked_of(making.REVENUE, method="fixed"), making.shop(3000, days=10))
    page = browse(charlie).get(HERE)
    [line] = elements(page, "polyline")
    points = [tuple(map(float, point.split(","))) for point in line["points"].split()]
    assert (points[0][0], points[-1][0]) == (0, 100)
    band = [float(point.split(",")[1]) for point in element(page, "polygon")["points"].split()]
    assert (min(band), max(band)) == (0, 100), "intervals of the first days end at the edge of the drawing"
    rows = [each.text for each in elements(page, "th", scope="row") if each.text.startswith("2026-")]
    assert len(rows) == len(points) == 10


def test_a_bayesian_report_shows_no_p_values(browse: Browse, charlie: User, experiment: Experiment) -> None:
    reported(experiment, making.asked_of(making.CONVERSION, method="bayesian"), making.shop(3000))
    page = browse(charlie).get(HERE)
    assert "p-value" not in [each.text for each in elements(page, "th", scope="col")]
    assert "credible" in text(page)


def test_names_of_others_are_told_and_not_run(browse: Browse, charlie: User, experiment: Experiment) -> None:
    evil = replace(making.CONVERSION, key="x", name="<script>alert(1)</script>")
    reported(experiment, making.asked_of(evil), making.converted(control=(1, 100), treatment=(1, 100)))
    page = browse(charlie).get(HERE)
    assert b"<script>alert" not in page.content
    assert "<script>alert(1)</script>" in text(page)


def test_without_a_report_it_says_what_is_missing(
    browse: Browse, charlie: User, alice: User, staging: Environment
) -> None:
    draft(staging, by=alice)
    page = browse(charlie).get(HERE)
    told = text(page)
    for missing in ("attach a metric", "Start it", "POST /api/events", "manage.py worker"):
        assert missing in told
    assert elements(page, "button", class_="primary") == []
    asked = browse(charlie).post(address("results/refresh"))
    assert asked.status_code == 422
    assert "has not run yet" in text(asked)


def test_results_are_asked_for_and_their_progress_is_shown(
    browse: Browse, charlie: User, experiment: Experiment
) -> None:
    browser = browse(charlie)
    assert browser.post(address("results/refresh")).status_code == 302
    page = browser.get(HERE)
    assert "wait for the worker" in text(page)
    assert element(page, "div", id="progress")["hx-get"] == address("results/progress")
    AnalysisJob.objects.update(status="running", step="Adding up the events", progress=40)
    fragment = asked_by_htmx(browser)
    assert element(fragment, "progress")["value"] == "40"
    assert "Adding up the events" in text(fragment)
    AnalysisJob.objects.update(status="failed", error="The disk is full. Make room, then ask again.")
    assert asked_by_htmx(browser)["HX-Refresh"] == "true"
    assert "The disk is full" in text(browser.get(HERE))


def test_a_fragment_without_its_page_leads_to_the_page(browse: Browse, charlie: User, experiment: Experiment) -> None:
    assert browse(charlie).get(address("results/progress"))["Location"] == HERE


def test_the_pages_of_an_experiment_lead_to_each_other(browse: Browse, charlie: User, experiment: Experiment) -> None:
    browser = browse(charlie)
    for page, current in ((address(), "Definition"), (HERE, "Results")):
        tabs = elements(browser.get(page), "a", **{"aria-current": "page"})
        assert [tab.text for tab in tabs] == ["Experiments", current]


def test_results_are_for_those_who_signed_in(browse: Browse, experiment: Experiment) -> None:
    for response in (browse().get(HERE), browse().post(address("results/refresh"))):
        assert response.status_code == 302
        assert "/dashboard/sign-in" in response["Location"]
    assert not AnalysisJob.objects.exists()


def asked_by_htmx(browser: Client) -> Any:
    return browser.get(address("results/progress"), headers={"HX-Request": "true"})


def test_a_winner_leads_to_its_conclusion(browse: Browse, charlie: User, experiment: Experiment) -> None:
    sums = making.converted(control=(1000, 10_000), treatment=(1200, 10_000))
    reported(experiment, making.asked_of(making.CONVERSION), sums)
    ways = elements(browse(charlie).get(HERE), "a", class_="button primary")
    assert [way["href"] for way in ways] == [address("conclude")]
    Experiment.objects.update(status="ARCHIVED", archived_at=timezone.now() - timedelta(days=1))
    assert elements(browse(charlie).get(HERE), "a", class_="button primary") == []
