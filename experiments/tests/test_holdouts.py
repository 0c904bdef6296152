"""Holdouts keep a share of users out of every experiment of a project, in every environment."""

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from accounts.errors import Forbidden
from accounts.models import Environment, Project, User
from experiments.documents import document_of
from experiments.holdouts import create_holdout, delete_holdout, update_holdout
from experiments.models import Experiment, Holdout
from experiments.validation import InvalidExperiment
from flagkit.engine import Context, compile_ruleset
from flagkit.engine.experiments import flag_document

Make = Callable[..., Experiment]


@pytest.fixture
def alices(api: Callable[[User], APIClient], alice: User) -> APIClient:
    """An admin's client: a holdout reaches protected environments too."""
    return api(alice)


@pytest.fixture
def yearly(alice: User, project: Project) -> Holdout:
    return create_holdout(project, by=alice, key="2026", percentage=5)


def out_of(*experiments: Experiment) -> list[set[str]]:
    """Which of many users are in none of their variants, by experiment."""
    ruleset, problems = compile_ruleset([flag_document(document_of(experiment)) for experiment in experiments])
    assert problems == []
    users = [f"user-{n}" for n in range(3000)]
    return [
        {user for user in users if ruleset.evaluate(experiment.key, Context(user, {})).variant is None}
        for experiment in experiments
    ]


def test_a_holdout_is_created_found_changed_and_deleted(alices: APIClient) -> None:
    made = alices.post("/holdouts", {"key": "2026", "percentage": 2.5})
    assert made.status_code == 201, made.json()
    assert alices.get(made["Location"]).json() == made.json() == alices.get("/holdouts/2026").json()
    read = made.json()
    assert (read["percentage"], read["project"]) == (2.5, "default")
    assert alices.put("/holdouts/2026", {**read, "percentage": 10}).json()["percentage"] == 10
    assert [holdout["key"] for holdout in alices.get("/holdouts").json()["data"]] == ["2026"]
    assert alices.delete("/holdouts/2026").status_code == 204
    assert alices.get("/holdouts/2026").json()["code"] == "holdout_not_found"


def test_the_same_users_are_out_of_every_experiment(yearly: Holdout, started: Make) -> None:
    some, others = out_of(started("first"), started("second"))
    assert some == others
    assert len(some) / 3000 == pytest.approx(0.05, abs=0.02)


def test_a_larger_share_keeps_out_who_is_out(alice: User, yearly: Holdout, started: Make) -> None:
    experiment = started()
    [before] = out_of(experiment)
    update_holdout(yearly, by=alice, percentage=20)
    experiment.refresh_from_db()
    [after] = out_of(experiment)
    assert before < after


def test_who_was_held_out_is_in_when_it_ends(alice: User, yearly: Holdout, started: Make) -> None:
    experiment = started()
    delete_holdout(yearly, by=alice)
    experiment.refresh_from_db()
    assert out_of(experiment) == [set()]


@pytest.mark.parametrize("percentage", [0, 100, 0.01])
def test_nobody_and_everybody_can_be_held_out(alice: User, project: Project, drafted: Make, percentage: float) -> None:
    create_holdout(project, by=alice, key="2026", percentage=percentage)
    [out] = out_of(drafted())
    assert len(out) / 3000 == pytest.approx(percentage / 100, abs=0.01)


@pytest.mark.parametrize(
    ("field", "value", "where"),
    [
        ("key", "has space", "key"),
        ("name", 7, "name"),
        ("percentage", None, "percentage"),
        ("percentage", -1, "percentage"),
        ("percentage", 100.01, "percentage"),
        ("percentage", 0.001, "percentage"),
        ("percentage", "5", "percentage"),
        ("percentage", True, "percentage"),
        ("percentage", [5], "percentage"),
        ("salt", "x", "salt"),
    ],
)
def test_bad_input_writes_nothing(
    alices: APIClient, written: Callable[[], int], yearly: Holdout, field: str, value: Any, where: str
) -> None:
    before = written()
    for refused in (
        alices.post("/holdouts", {"key": "fresh", "percentage": 1, field: value}),
        alices.patch("/holdouts/2026", {field: value}),
    ):
        assert (refused.status_code, list(refused.json()["fields"])) == (400, [where])
    assert written() == before


def test_a_share_is_needed(alice: User, alices: APIClient, project: Project) -> None:
    assert list(alices.post("/holdouts", {"key": "2026"}).json()["fields"]) == ["percentage"]
    with pytest.raises(InvalidExperiment):
        create_holdout(project, by=alice, key="2026")


def test_a_key_is_there_once_and_stays(alices: APIClient, yearly: Holdout) -> None:
    refused = alices.post("/holdouts", {"key": "2026", "percentage": 1})
    assert (refused.status_code, refused.json()["code"]) == (409, "holdout_exists")
    assert list(alices.patch("/holdouts/2026", {"key": "2027"}).json()["fields"]) == ["key"]


def test_a_lost_race_is_told(alices: APIClient, yearly: Holdout) -> None:
    read = alices.get("/holdouts/2026")
    assert alices.patch("/holdouts/2026", {"percentage": 6}).status_code == 200
    assert alices.patch("/holdouts/2026", {"percentage": 7}, headers={"If-Match": read["ETag"]}).status_code == 412
    assert alices.put("/holdouts/2026", {**read.json(), "percentage": 7}).status_code == 412
    assert alices.delete("/holdouts/2026", headers={"If-Match": read["ETag"]}).status_code == 412


def test_it_takes_the_right_to_change_every_environment(
    bob: User, charlie: User, project: Project, yearly: Holdout
) -> None:
    for person in (bob, charlie):
        for refused in (
            lambda by=person: create_holdout(project, by=by, key="fresh", percentage=1),
            lambda by=person: update_holdout(yearly, by=by, percentage=6),
            lambda by=person: delete_holdout(yearly, by=by),
        ):
            with pytest.raises(Forbidden):
                refused()
    assert [(holdout.key, holdout.percentage) for holdout in Holdout.objects.all()] == [("2026", 5)]


def test_where_no_environment_is_protected_a_developer_may(
    alice: User, bob: User, project: Project, production: Environment
) -> None:
    production.is_protected = False
    production.save()
    assert create_holdout(project, by=bob, key="2026", percentage=1).version == 1


def test_a_project_without_environments_is_nobodys_to_hold_out_from(charlie: User) -> None:
    empty = Project.objects.create(key="empty", name="Empty")
    with pytest.raises(Forbidden):
        create_holdout(empty, by=charlie, key="2026", percentage=1)
