"""Metrics, their uses and plans over REST: what is read may be sent back, and camelCase is taken."""

from collections.abc import Callable

import pytest
from rest_framework.test import APIClient

from experiments.models import Experiment
from experiments.tests.metrics.conftest import MakeMetric

pytestmark = pytest.mark.django_db
Make = Callable[..., Experiment]
HERE = "?environment_key=staging"
USES, PLAN = f"/api/experiments/button-color/metrics{HERE}", f"/api/experiments/button-color/plan{HERE}"
RATIO = {"key": "clicks", "kind": "ratio", "event": "click", "denominatorEvent": "view", "windowHours": 24}


def test_a_metric_is_made_found_changed_archived_and_deleted(bobs: APIClient) -> None:
    made = bobs.post("/api/metrics", RATIO)
    assert made.status_code == 201, made.json()
    read = bobs.get("/api/metrics/clicks")
    assert read.json() == bobs.get(made["Location"]).json() == made.json()
    assert (read.json()["denominator_event"], read.json()["window_hours"]) == ("view", 24)
    sent_back = {**read.json(), "minimum_effect": 0.05}
    assert bobs.put("/api/metrics/clicks", sent_back).json()["minimum_effect"] == 0.05
    assert bobs.put("/api/metrics/clicks", sent_back).status_code == 412
    assert bobs.patch("/api/metrics/clicks", {"name": "x"}, headers={"If-Match": read["ETag"]}).status_code == 412
    assert bobs.post("/api/metrics/clicks/archive").json()["is_archived"] is True
    assert bobs.patch("/api/metrics/clicks", {"name": "x"}).json()["code"] == "metric_archived"
    assert bobs.post("/api/metrics/clicks/restore").json()["is_archived"] is False
    assert bobs.delete("/api/metrics/clicks").status_code == 204
    assert bobs.get("/api/metrics/clicks").json()["code"] == "metric_not_found"


def test_metrics_are_listed_by_kind_search_and_state(bobs: APIClient, make: MakeMetric) -> None:
    make("a"), make("b", kind="count", event="click")
    bobs.post("/api/metrics/a/archive")
    for query, keys in {"": ["b"], "?archived=true": ["a"], "?kind=binomial": [], "?search=CLICK": ["b"]}.items():
        found = bobs.get(f"/api/metrics{query}").json()
        assert [metric["key"] for metric in found["data"]] == keys
        assert found["pagination"]["total"] == len(keys)
    assert bobs.get("/api/metrics?kind=median").status_code == 400


def test_bad_input_names_the_field(bobs: APIClient, make: MakeMetric) -> None:
    make()
    refused = bobs.post("/api/metrics", {**RATIO, "windowHours": 0, "filter": [{"attribute": "x"}]})
    assert (refused.status_code, set(refused.json()["fields"])) == (400, {"window_hours", "filter.0.operator"})
    assert bobs.post("/api/metrics", {**RATIO, "colour": 1}).status_code == 400
    assert bobs.post("/api/metrics", [RATIO]).status_code == 400
    assert bobs.post("/api/metrics", {**RATIO, "key": "signup"}).status_code == 409
    assert bobs.patch("/api/metrics/signup", {"is_archived": True}).status_code == 400


def test_what_an_experiment_is_measured_by_may_be_sent_back(bobs: APIClient, drafted: Make, make: MakeMetric) -> None:
    drafted(), make("a", margin=0.01), make("b")
    added = bobs.post(USES, {"metric": "a", "role": "guardrail"})
    assert added.status_code == 201, added.json()
    assert bobs.get(added["Location"]).json() == added.json()
    bobs.post(USES, {"metric": "b"})
    read = bobs.get(USES)
    assert [(use["metric_key"], use["role"]) for use in read.json()["metrics"]] == [("a", "guardrail"), ("b", "goal")]
    turned = bobs.put(USES, {"metrics": read.json()["metrics"][::-1]}, headers={"If-Match": read["ETag"]})
    assert [use["metric_key"] for use in turned.json()["metrics"]] == ["b", "a"]
    assert bobs.put(USES, {"metrics": []}, headers={"If-Match": read["ETag"]}).status_code == 412
    assert bobs.delete("/api/metrics/a").json()["code"] == "metric_in_use"
    assert bobs.delete(f"/api/experiments/button-color/metrics/a{HERE}").status_code == 204
    assert bobs.get(f"/api/experiments/button-color/metrics/a{HERE}").status_code == 404


def test_a_plan_has_defaults_and_may_be_sent_back(bobs: APIClient, drafted: Make) -> None:
    drafted()
    read = bobs.get(PLAN).json()
    assert (read["method"], read["version"], read["changed_after_start"]) == ("sequential", 0, False)
    assert bobs.put(PLAN, {**read, "planned_days": 14, "method": "fixed"}).json()["version"] == 1
    assert bobs.put(PLAN, {**read, "confidence": 0.9}).status_code == 412
    assert bobs.put(PLAN, {"confidence": 0.9}, headers={"If-Match": '"0"'}).status_code == 412
    assert set(bobs.put(PLAN, {"planned_days": None}).json()["fields"]) == {"planned_units"}


def test_a_sample_size_is_worked_out_and_nothing_is_saved(bobs: APIClient, written: Callable[[], int]) -> None:
    before = written()
    given = {"rate": 0.05, "minimumEffect": 0.1, "alwaysValid": False, "unitsPerDay": 5000}
    found = bobs.post("/api/metrics/sample-size", given).json()
    assert (found["units_per_variant"], found["units"], found["days"]) == (31_231, 62_462, 13)
    assert bobs.post("/api/metrics/sample-size", {"rate": 0.05}).json()["fields"].keys() == {"minimum_effect"}
    assert written() == before
