"""Experiments that are saved as rows are decided by whoever follows, and leave when they no longer run."""

from pathlib import Path
from typing import Any

import orjson
import pytest

from accounts.changes import change
from accounts.models import Environment, Project
from evaluation import reading
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.models import Head, Publication
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from experiments.models import Allocation, Experiment, Holdout, Layer, Variant
from flagkit.engine import Context
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Audience, Flag, FlagConfig

pytestmark = pytest.mark.django_db(transaction=True)
Status = Experiment.Status
USERS = [Context(f"user-{at}") for at in range(100)]


def make(environment: Environment, key: str = "button", *, on: Flag | None = None, **fields: Any) -> Experiment:
    """A running experiment of half and half, in one change; on a flag, of its on and off."""
    with change():
        made = Experiment.objects.create(
            environment=environment, key=key, **{"status": Status.RUNNING, "salt": key, "flag": on, **fields}
        )
        for at, name in enumerate(("on", "off")):
            variant = Variant.objects.create(experiment=made, key=name, payload={"is": name}, position=at)
            Allocation.objects.create(
                experiment=made, variant=variant, range_start=at * 5_000, range_end=at * 5_000 + 4_999
            )
    return made


def make_flag(project: Project, environment: Environment) -> Flag:
    with change():
        flag = Flag.objects.create(project=project, key="checkout", variants=BOOLEAN_VARIANTS)
        FlagConfig.objects.create(flag=flag, environment=environment, is_enabled=True, serve={"variant": "off"})
    return flag


def move(experiment: Experiment, status: str) -> None:
    experiment.status = status
    experiment.save()


def revision(environment: Environment) -> int:
    return Head.objects.filter(pk=environment.pk).values_list("revision", flat=True).first() or 0


def published(environment: Environment, number: int) -> list[tuple[str, str]]:
    rows = Publication.objects.filter(environment_id=environment.pk, revision=number).order_by("kind", "key")
    return list(rows.values_list("kind", "key"))


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    return Follower(Store(), DiskCopy(tmp_path))


def followed(follower: Follower, environment: Environment) -> Snapshot:
    assert follower.follow()
    snapshot = follower.store.get(str(environment.pk))
    assert snapshot
    return snapshot


def decided(snapshot: Snapshot, user: Context) -> dict[str, str]:
    found = map(orjson.loads, snapshot.running.assignments(user, snapshot.ruleset))
    return {each["experiment_key"]: each["variant_key"] for each in found}


def test_an_assignment_carries_the_ids_of_the_rows(follower: Follower, staging: Environment) -> None:
    made = make(staging)
    snapshot = followed(follower, staging)
    (assignment,) = map(orjson.loads, snapshot.running.assignments(USERS[0], snapshot.ruleset))
    variant = Variant.objects.get(key=assignment["variant_key"])
    assert assignment["experiment_id"] == str(made.pk)
    assert (assignment["variant_id"], assignment["payload"]) == (str(variant.pk), {"is": variant.key})


def test_only_what_runs_is_decided(follower: Follower, staging: Environment) -> None:
    made = make(staging)
    for status, keys in [
        (Status.PAUSED, []),
        (Status.RUNNING, ["button"]),
        (Status.ARCHIVED, []),
        (Status.DRAFT, []),
    ]:
        move(made, status)
        assert list(decided(followed(follower, staging), USERS[0])) == keys


def test_an_experiment_and_the_flag_it_is_on_are_one_revision(
    follower: Follower, project: Project, staging: Environment
) -> None:
    made = make(staging, on=make_flag(project, staging))
    assert published(staging, 2) == [("experiment", "button"), ("flag", "checkout")]
    snapshot = followed(follower, staging)
    for user in USERS:
        answer = snapshot.ruleset.evaluate("checkout", user)
        assert (decided(snapshot, user)["button"], answer.experiment) == (answer.variant, "button")
    move(made, Status.PAUSED)
    assert published(staging, 3) == [("experiment", "button"), ("flag", "checkout")]
    snapshot = followed(follower, staging)
    for user in USERS:
        answer = snapshot.ruleset.evaluate("checkout", user)
        assert (decided(snapshot, user), answer.variant, answer.experiment) == ({}, "off", None)


def test_an_archived_flag_takes_its_experiment_out(follower: Follower, project: Project, staging: Environment) -> None:
    flag = make_flag(project, staging)
    make(staging, on=flag)
    flag.archived_at = flag.created_at
    flag.save()
    assert [decided(followed(follower, staging), user) for user in USERS] == [{}] * len(USERS)


def test_an_edited_holdout_reaches_what_runs_in_every_environment(
    follower: Follower, project: Project, staging: Environment, production: Environment
) -> None:
    holdout = Holdout.objects.create(project=project, key="2026", percentage=0)
    make(staging), make(production), make(production, "banner"), make(production, "draft", status=Status.DRAFT)
    before = revision(staging), revision(production)
    holdout.percentage = 100
    holdout.save()
    assert (revision(staging), revision(production)) == (before[0] + 1, before[1] + 1)
    assert published(production, revision(production)) == [("experiment", "banner"), ("experiment", "button")]
    assert [decided(followed(follower, place), USERS[0]) for place in (staging, production)] == [{}, {}]
    holdout.delete()
    assert [list(decided(followed(follower, place), USERS[0])) for place in (staging, production)] == [
        ["button"],
        ["banner", "button"],
    ]


def test_a_holdout_of_a_hundredth_of_a_percent_is_one_bucket(staging: Environment, project: Project) -> None:
    make(staging)
    for percentage, ranges in [("0", []), ("0.01", [[0, 0]]), ("0.29", [[0, 28]]), ("100", [[0, 9_999]])]:
        with change():
            Holdout.objects.update_or_create(project=project, key="h", defaults={"percentage": percentage})
        text = (
            Publication.objects.filter(kind="experiment").order_by("revision").values_list("document", flat=True).last()
        )
        assert orjson.loads(text or "")["holdouts"][0]["ranges"] == ranges


def test_an_edited_layer_reaches_its_experiments(follower: Follower, staging: Environment) -> None:
    layer = Layer.objects.create(environment=staging, key="checkout", salt="one")
    make(staging, layer=layer, layer_ranges=[[0, 4_999]])
    before = [bool(decided(followed(follower, staging), user)) for user in USERS]
    layer.salt = "other"
    layer.save()
    after = [bool(decided(followed(follower, staging), user)) for user in USERS]
    assert 0 < sum(before) < len(USERS)
    assert before != after


def test_edited_variants_and_allocations_are_a_revision_each(follower: Follower, staging: Environment) -> None:
    made = make(staging)
    variant = made.variants.get(key="on")
    variant.payload = {"is": "edited"}
    variant.save()
    made.allocations.get(variant__key="off").delete()
    snapshot = followed(follower, staging)
    assert (revision(staging), snapshot.revision) == (3, 3)
    found = [orjson.loads(each) for user in USERS for each in snapshot.running.assignments(user, snapshot.ruleset)]
    assert 0 < len(found) < len(USERS)
    assert all(each["payload"] == {"is": "edited"} for each in found)


def test_a_deleted_experiment_leaves_in_one_revision(
    follower: Follower, project: Project, staging: Environment
) -> None:
    make(staging, "other")
    made = make(staging, on=make_flag(project, staging))
    before = revision(staging)
    made.delete()
    assert published(staging, before + 1) == [("experiment", "button"), ("flag", "checkout")]
    assert revision(staging) == before + 1
    assert list(decided(followed(follower, staging), USERS[0])) == ["other"]


def test_assignments_and_their_order_are_the_same_after_deltas_as_from_nothing(
    follower: Follower, project: Project, staging: Environment, tmp_path: Path
) -> None:
    flag = make_flag(project, staging)
    testers = Audience.objects.create(environment=staging, key="testers", included=[user.key for user in USERS[::2]])
    for key, fields in [("m", {}), ("z", {"audience": testers}), ("a", {"on": flag}), ("k", {}), ("b", {})]:
        make(staging, key, **fields)
        followed(follower, staging)
    move(Experiment.objects.get(key="k"), Status.PAUSED)
    testers.included = [user.key for user in USERS[::3]]
    testers.save()
    grown = followed(follower, staging)
    whole = Snapshot(grown.address).advanced(grown.revision, reading.texts_at(str(staging.pk), grown.revision))
    assert [list(decided(whole, user)) for user in USERS[:2]] == [["a", "b", "m", "z"], ["a", "b", "m"]]
    for user in USERS:
        assert grown.running.assignments(user, grown.ruleset) == whole.running.assignments(user, whole.ruleset)
