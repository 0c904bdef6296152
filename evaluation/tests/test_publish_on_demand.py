"""Publishing on demand gives what is served now, and publishes only what was not published yet."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from accounts.models import Environment, Project, User
from audit.models import Entry
from evaluation.models import Head, Publication
from experiments.life_cycle import move
from experiments.models import Experiment
from flags.services import create_flag

pytestmark = pytest.mark.django_db(transaction=True)
Started = Callable[..., Experiment]


def behind_our_back(statement: str, *values: Any) -> None:
    """A write that neither history nor publishing hears of."""
    with connection.cursor() as cursor:
        cursor.execute(statement, values)


def revision(environment: Environment) -> int:
    return Head.objects.filter(pk=environment.pk).values_list("revision", flat=True).first() or 0


def test_what_is_published_already_makes_no_revision(developer: APIClient, started: Started) -> None:
    experiment = started()
    before = (Publication.objects.count(), Entry.objects.count())
    for _ in range(2):
        answer = developer.post(f"/api/experiments/{experiment.pk}/publish")
        assert (answer.status_code, answer.json()["version"]) == (200, 1)
    assert (Publication.objects.count(), Entry.objects.count()) == before


def test_the_answer_is_the_snapshot_of_now(developer: APIClient, started: Started) -> None:
    answer = developer.post(f"/api/experiments/{started().pk}/publish")
    assert answer.json() == developer.get("/api/environments/staging/revisions/1").json()
    assert [each["key"] for each in answer.json()["experiments"]] == ["button-color"]


def test_rows_that_were_written_past_us_are_published_as_one_revision(
    developer: APIClient, started: Started, bob: User, project: Project, alice: User, staging: Environment
) -> None:
    experiment = started()
    create_flag(project, by=alice, key="checkout")
    behind_our_back("UPDATE experiments_experiment SET name = 'Edited'")
    behind_our_back("DELETE FROM flags_flag")
    answer = developer.post(f"/api/experiments/{experiment.pk}/publish").json()
    assert (answer["version"], answer["published_by"], answer["flags"]) == (3, bob.email, {})
    assert answer["experiments"][0]["name"] == "Edited"
    assert revision(staging) == 3


def test_documents_of_an_older_form_are_published_anew(
    developer: APIClient, started: Started, staging: Environment
) -> None:
    experiment = started()
    Publication.objects.update(document="{}")
    answer = developer.post(f"/api/experiments/{experiment.pk}/publish").json()
    assert (answer["version"], len(answer["experiments"])) == (2, 1)


def test_other_environments_stay_as_they_are(
    developer: APIClient, started: Started, project: Project, alice: User, production: Environment
) -> None:
    experiment = started()
    create_flag(project, by=alice, key="checkout")
    behind_our_back("DELETE FROM flags_flag")
    developer.post(f"/api/experiments/{experiment.pk}/publish")
    assert revision(production) == 1


@pytest.mark.parametrize("status", ["DRAFT", "PAUSED", "ARCHIVED"])
def test_an_experiment_that_does_not_run_is_published_as_not_there(
    developer: APIClient, drafted: Started, alice: User, status: str
) -> None:
    experiment = drafted()
    if status != "DRAFT":
        move(move(experiment, "RUNNING", by=alice), status, by=alice)
    answer = developer.post(f"/api/experiments/{experiment.pk}/publish")
    assert (answer.status_code, answer.json()["experiments"]) == (200, [])


@pytest.mark.parametrize(
    ("query", "body"),
    [
        ("?environment_key=staging", {}),
        ("?environmentKey=staging", {}),
        ("", {"environment_key": "staging"}),
        ("", {"environmentKey": "staging"}),
        ("", {"environment_id": None}),
    ],
)
def test_it_is_found_by_key_in_the_environment_that_is_named(
    developer: APIClient, started: Started, staging: Environment, query: str, body: dict[str, Any]
) -> None:
    started()
    body = {name: value or str(staging.pk) for name, value in body.items()}
    assert developer.post(f"/experiments/button-color/publish{query}", body).status_code == 200


def test_the_key_alone_is_not_enough(developer: APIClient, started: Started) -> None:
    started()
    answer = developer.post("/api/experiments/button-color/publish")
    assert (answer.status_code, answer.json()["code"]) == (400, "environment_needed")


@pytest.mark.parametrize("named", ["nothing", "11111111-1111-4111-8111-111111111111"])
def test_an_unknown_experiment_is_not_found(developer: APIClient, staging: Environment, named: str) -> None:
    answer = developer.post(f"/api/experiments/{named}/publish?environment_key=staging")
    assert (answer.status_code, answer.json()["code"]) == (404, "experiment_not_found")


def test_an_experiment_of_another_environment_or_project_is_not_found(developer: APIClient, started: Started) -> None:
    shop = Project.objects.create(key="shop", name="Shop")
    Environment.objects.create(project=shop, key="staging", name="Staging")
    experiment = started()
    for query in ("?environment_key=production", "?project=shop", "?project=shop&environment_key=staging"):
        answer = developer.post(f"/api/experiments/{experiment.pk}/publish{query}")
        assert (answer.status_code, answer.json()["code"]) == (404, "experiment_not_found"), query


def test_an_id_is_good_for_any_project(developer: APIClient, started: Started, staging: Environment) -> None:
    experiment = started()
    behind_our_back("UPDATE accounts_project SET key = 'shop'")
    Project.objects.create(key="default", name="Default")
    answer = developer.post(f"/api/experiments/{experiment.pk}/publish")
    assert (answer.status_code, answer.json()["environment"]["project"]) == (200, "shop")


@pytest.mark.parametrize("body", [{"force": True}, [], "now", {"environment_key": 7}])
def test_a_body_that_says_something_else_is_refused(developer: APIClient, started: Started, body: Any) -> None:
    answer = developer.post(f"/api/experiments/{started().pk}/publish", body)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


def test_only_who_may_change_the_environment_publishes(
    api: Callable[..., APIClient], reader: APIClient, developer: APIClient, started: Started, staging: Environment
) -> None:
    address = f"/api/experiments/{started().pk}/publish"
    behind_our_back("UPDATE experiments_experiment SET name = 'Edited'")
    assert (api().post(address).status_code, reader.post(address).status_code) == (401, 403)
    behind_our_back("UPDATE accounts_environment SET is_protected = TRUE")
    assert developer.post(address).status_code == 403
    assert revision(staging) == 1


def test_rows_that_cannot_be_evaluated_are_told_and_nothing_is_published(
    developer: APIClient, started: Started, staging: Environment
) -> None:
    experiment = started()
    started("other")
    behind_our_back("UPDATE experiments_experiment SET name = 'Edited', algorithm = 'unheard' WHERE key = 'other'")
    behind_our_back("UPDATE experiments_experiment SET name = 'Edited' WHERE key = 'button-color'")
    answer = developer.post(f"/api/experiments/{experiment.pk}/publish")
    assert answer.status_code == 400
    assert "Experiment other could not be evaluated in staging" in answer.json()["message"]
    assert revision(staging) == 2


def test_it_is_not_read(developer: APIClient, started: Started) -> None:
    assert developer.get(f"/api/experiments/{started().pk}/publish").status_code == 405
