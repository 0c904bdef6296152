"""What a running experiment does is a revision with each change of it; what one does that does not run is none."""

import contextlib
from collections.abc import Callable
from typing import Any

import pytest

from accounts.changes import change
from accounts.models import Environment, Project, User
from audit.models import Entry
from evaluation.models import Head, Publication
from experiments.allocations import replace_allocations
from experiments.holdouts import create_holdout, delete_holdout, update_holdout
from experiments.life_cycle import move
from experiments.models import Experiment
from experiments.services import delete_experiment, update_experiment
from experiments.variants import add_variant, delete_variant, update_variant
from flags.audiences import create_audience, delete_audience, update_audience
from flags.services import create_flag

pytestmark = pytest.mark.django_db(transaction=True)
Make = Callable[..., Experiment]
EVERYBODY_TREATED = [{"variant_key": "treatment", "range_start": 0, "range_end": 9999}]
GERMANS = [{"id": "de", "conditions": [{"attribute": "country", "operator": "eq", "value": "DE"}]}]


def revision(environment: Environment) -> int:
    return Head.objects.filter(pk=environment.pk).values_list("revision", flat=True).first() or 0


def edits(experiment: Experiment, by: User) -> dict[str, Callable[[], Any]]:
    """Every kind of change of what an experiment does while it runs."""
    return {
        "rules": lambda: update_experiment(experiment, by=by, targeting_rules=GERMANS),
        "name": lambda: update_experiment(experiment, by=by, name="Colour of the button"),
        "audience": lambda: update_experiment(experiment, by=by, audience="testers"),
        "variant": lambda: update_variant(experiment.variants.get(key="control"), by=by, payload={"color": "red"}),
        "new variant": lambda: add_variant(experiment, by=by, key="third"),
        "allocations": lambda: replace_allocations(experiment, EVERYBODY_TREATED, by=by),
    }


KINDS = ["rules", "name", "audience", "variant", "new variant", "allocations"]


@pytest.fixture
def testers(staging: Environment, alice: User) -> None:
    create_audience(staging, by=alice, key="testers", included=["alice"])


@pytest.mark.parametrize("kind", KINDS)
def test_each_change_of_a_running_experiment_is_one_revision(
    testers: None, started: Make, staging: Environment, production: Environment, alice: User, kind: str
) -> None:
    experiment = started()
    before = revision(staging)
    edits(experiment, alice)[kind]()
    assert (revision(staging), revision(production)) == (before + 1, 0)
    rows = Publication.objects.filter(environment_id=staging.pk, revision=before + 1)
    assert [(row.kind, row.key, row.by) for row in rows] == [("experiment", "button-color", alice.email)]


@pytest.mark.parametrize("status", ["DRAFT", "PAUSED"])
def test_no_change_of_one_that_does_not_run_is_a_revision(
    testers: None, drafted: Make, staging: Environment, alice: User, status: str
) -> None:
    experiment = drafted()
    if status == "PAUSED":
        move(move(experiment, "RUNNING", by=alice), "PAUSED", by=alice)
    before, entries = revision(staging), Entry.objects.count()
    for edit in edits(experiment, alice).values():
        edit()
    assert revision(staging) == before
    assert Entry.objects.count() >= entries + len(KINDS)


@pytest.mark.parametrize(
    ("moves", "revisions"),
    [
        (["RUNNING"], [1]),
        (["ARCHIVED"], [0]),
        (["RUNNING", "PAUSED", "ARCHIVED"], [1, 2, 2]),
        (["RUNNING", "PAUSED", "RUNNING", "ARCHIVED"], [1, 2, 3, 4]),
    ],
)
def test_moves_to_and_from_running_are_revisions(
    drafted: Make, staging: Environment, alice: User, moves: list[str], revisions: list[int]
) -> None:
    experiment = drafted()
    found = []
    for status in moves:
        move(experiment, status, by=alice)
        found.append(revision(staging))
    assert found == revisions


@pytest.mark.parametrize(("status", "more"), [("DRAFT", 0), ("RUNNING", 1), ("PAUSED", 0), ("ARCHIVED", 0)])
def test_deleting_one_is_a_revision_where_it_runs(
    drafted: Make, staging: Environment, alice: User, status: str, more: int
) -> None:
    experiment = drafted()
    if status != "DRAFT":
        move(experiment, "RUNNING", by=alice)
    if status in ("PAUSED", "ARCHIVED"):
        move(experiment, status, by=alice)
    before = revision(staging)
    delete_experiment(experiment, by=alice)
    assert revision(staging) == before + more
    if more:
        assert Publication.objects.get(environment_id=staging.pk, revision=before + 1).document is None


def test_a_variant_that_nobody_gets_is_a_revision_when_it_goes(
    started: Make, staging: Environment, alice: User
) -> None:
    experiment = started()
    add_variant(experiment, by=alice, key="third")
    delete_variant(experiment.variants.get(key="third"), by=alice)
    assert revision(staging) == 3


def test_its_audience_is_one_revision_when_it_is_edited_and_when_it_goes(
    testers: None, started: Make, staging: Environment, alice: User
) -> None:
    experiment = started(audience="testers")
    audience = experiment.audience
    assert audience
    update_audience(audience, by=alice, included=["bob"])
    assert revision(staging) == 3
    update_experiment(experiment, by=alice, audience=None)
    delete_audience(audience, by=alice)
    assert revision(staging) == 5


def test_a_holdout_is_one_revision_of_each_environment_where_experiments_run(
    started: Make, project: Project, staging: Environment, production: Environment, alice: User
) -> None:
    started()
    started("other")
    holdout = create_holdout(project, by=alice, key="2026", percentage=5)
    update_holdout(holdout, by=alice, percentage=10)
    delete_holdout(holdout, by=alice)
    assert (revision(staging), revision(production)) == (5, 0)
    assert Publication.objects.filter(environment_id=staging.pk, revision=5).count() == 2


def test_an_experiment_on_a_flag_is_published_with_its_flag(
    drafted: Make, project: Project, staging: Environment, alice: User
) -> None:
    variants = [{"key": "control", "value": "a"}, {"key": "treatment", "value": "b"}]
    create_flag(project, by=alice, key="button", flag_type="string", variants=variants)
    move(drafted(flag="button"), "RUNNING", by=alice)
    rows = Publication.objects.filter(environment_id=staging.pk, revision=2)
    assert [(row.kind, row.key) for row in rows] == [("experiment", "button-color"), ("flag", "button")]


def test_what_cannot_be_saved_raises_nothing(started: Make, staging: Environment, alice: User) -> None:
    experiment = started()
    entries = Entry.objects.count()
    with contextlib.suppress(ZeroDivisionError), change(by=alice):
        for kind in ("rules", "variant", "allocations"):
            edits(experiment, alice)[kind]()
        raise ZeroDivisionError
    assert (revision(staging), Entry.objects.count()) == (1, entries)


def test_many_changes_in_one_transaction_are_one_revision(
    testers: None, started: Make, staging: Environment, alice: User
) -> None:
    experiment = started()
    before = revision(staging)
    with change(by=alice):
        for edit in edits(experiment, alice).values():
            edit()
    assert revision(staging) == before + 1
