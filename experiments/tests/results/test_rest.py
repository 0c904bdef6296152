"""Results over REST: what is there at once, what has to be waited for, and what is refused."""

import json
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections
from rest_framework.test import APIClient

from accounts.models import User
from experiments.models import AnalysisJob, Experiment
from experiments.results.working import work
from experiments.tests.results.filed import made, make
from experiments.tests.results.test_jobs import raising

Start = Callable[..., Experiment]
ADDRESS = "/api/experiments/button-color"
HERE = "environment_key=staging"


def ask(client: APIClient, **query: Any) -> Any:
    return client.get(f"{ADDRESS}/results", {"environment_key": "staging", "wait": 0, **query})


def test_first_results_are_computed_and_told_to_who_comes_back(started: Start, bobs: APIClient) -> None:
    started()
    first = ask(bobs)
    assert first.status_code == 202
    assert first.json()["job"]["status"] == "waiting"
    assert int(first["Retry-After"]) > 0
    job = work(make)
    answer = ask(bobs).json()
    assert job
    assert (answer["report_id"], answer["job"], answer["method"]) == (job.report_id, None, "sequential")


def test_results_that_stand_are_told_at_once_also_while_new_ones_are_computed(started: Start, bobs: APIClient) -> None:
    report = made(started())
    refreshed = bobs.post(f"{ADDRESS}/results/refresh?{HERE}")
    assert refreshed.status_code == 202
    answer = ask(bobs).json()
    assert answer["report_id"] == report.pk
    assert answer["job"] == refreshed.json()["job"]
    assert ask(bobs, refresh="true").status_code == 202
    assert AnalysisJob.objects.count() == 1


def test_failure_is_told_beside_the_results_that_stand(started: Start, bobs: APIClient) -> None:
    made(started(), ago=timedelta(hours=1))
    bobs.post(f"{ADDRESS}/results/refresh?{HERE}")
    work(raising(MemoryError()))
    job = ask(bobs).json()["job"]
    assert job["status"] == "failed"
    assert "memory" in job["error"]


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("maker", "status"), [(make, 200), (raising(MemoryError()), 422)])
def test_request_waits_for_the_worker(started: Start, bobs: APIClient, maker: Any, status: int) -> None:
    started()

    def working() -> None:
        while work(maker) is None:
            pass
        connections.close_all()

    worker = threading.Thread(target=working)
    worker.start()
    answer = ask(bobs, wait=30)
    worker.join()
    assert answer.status_code == status
    assert "memory" in answer.json().get("message", "memory")


@pytest.mark.django_db(transaction=True)
def test_experiment_that_is_deleted_while_a_request_waits_is_not_found(started: Start, bobs: APIClient) -> None:
    started()

    def deleting() -> None:
        while not AnalysisJob.objects.exists():
            pass
        Experiment.objects.all().delete()
        connections.close_all()

    other = threading.Thread(target=deleting)
    other.start()
    answer = ask(bobs, wait=30)
    other.join()
    assert (answer.status_code, answer.json()["code"]) == (404, "experiment_not_found")


def test_older_report_is_found_by_its_id_and_never_current(started: Start, bobs: APIClient) -> None:
    experiment = started()
    older, newer = made(experiment, ago=timedelta(days=1)), made(experiment)
    answer = ask(bobs, report=older.pk).json()
    assert (answer["report_id"], answer["is_current"]) == (older.pk, False)
    assert ask(bobs).json()["report_id"] == newer.pk
    listed = bobs.get(f"{ADDRESS}/reports?{HERE}").json()
    assert [report["id"] for report in listed["data"]] == [newer.pk, older.pk]
    assert listed["data"][0]["verdict"]["state"] == "no_data"
    assert listed["pagination"]["total"] == 2


@pytest.mark.parametrize(("form", "kind"), [("csv", "text/csv; charset=utf-8"), ("json", "application/json")])
def test_results_are_given_as_a_file(started: Start, bobs: APIClient, form: str, kind: str) -> None:
    report = made(started())
    answer = ask(bobs, format=form)
    assert answer["Content-Type"] == kind
    assert answer["Content-Disposition"].startswith('attachment; filename="button-color-')
    if form == "json":
        assert json.loads(answer.content)["report_id"] == report.pk


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"format": "xml"}, "format"),
        ({"wait": -1}, "wait"),
        ({"wait": 31}, "wait"),
        ({"wait": "nan"}, "wait"),
        ({"report": 0}, "report"),
        ({"refresh": "perhaps"}, "refresh"),
        ({"refresh": "true", "report": 1}, "refresh"),
    ],
)
def test_wrong_wish_is_refused_by_name(started: Start, bobs: APIClient, query: dict[str, Any], field: str) -> None:
    started()
    answer = ask(bobs, **query)
    assert answer.status_code == 400
    assert list(answer.json()["fields"]) == [field]


def test_report_of_another_experiment_is_not_found(started: Start, bobs: APIClient) -> None:
    started()
    other = made(started("other"))
    answer = ask(bobs, report=other.pk)
    assert (answer.status_code, answer.json()["code"]) == (404, "report_not_found")


def test_draft_has_no_results(drafted: Start, bobs: APIClient) -> None:
    drafted()
    answer = ask(bobs)
    assert (answer.status_code, answer.json()["code"]) == (422, "not_started")


def test_who_may_read_may_ask_and_nobody_else(started: Start, api: Callable[..., APIClient], charlie: User) -> None:
    made(started())
    assert ask(api(charlie)).status_code == 200
    assert api(charlie).post(f"{ADDRESS}/results/refresh?{HERE}").status_code == 202
    assert ask(api()).status_code == 401
