"""A database that was restored to an older state is noticed, whatever was edited since, and what it says is served."""

from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command

from accounts.models import Environment, Project
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.models import Head, Publication
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from flagkit.engine import Context
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def config(project: Project, staging: Environment) -> FlagConfig:
    """A flag whose config stands at revision 2 of staging, turned on."""
    flag = Flag.objects.create(project=project, key="checkout", variants=BOOLEAN_VARIANTS)
    return FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True)


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    return Follower(Store(), DiskCopy(tmp_path))


def edit(config: FlagConfig, *, times: int = 1) -> None:
    for _ in range(times):
        config.is_enabled = not config.is_enabled
        config.save()


def set_back(staging: Environment, revision: int) -> None:
    """What a restore does to the tables of evaluation."""
    Publication.objects.filter(environment_id=staging.pk, revision__gt=revision).delete()
    Head.objects.filter(environment_id=staging.pk).update(revision=revision)


def served(follower: Follower) -> Snapshot:
    assert follower.follow()
    found = follower.store.find("", "staging")
    assert found
    return found


def is_on(snapshot: Snapshot) -> Any:
    return snapshot.ruleset.evaluate("checkout", Context()).value


def epoch(staging: Environment) -> int:
    return Head.objects.get(environment_id=staging.pk).epoch


def test_an_older_database_is_served_and_begins_an_epoch(
    follower: Follower, config: FlagConfig, staging: Environment
) -> None:
    edit(config)
    assert is_on(served(follower)) is False
    set_back(staging, 2)
    snapshot = served(follower)
    assert (is_on(snapshot), snapshot.revision) == (True, 2)
    assert snapshot.epoch == epoch(staging) > 0


@pytest.mark.parametrize("edits", [1, 2, 5])
def test_edits_up_to_and_beyond_what_was_served_do_not_hide_it(
    follower: Follower, config: FlagConfig, staging: Environment, project: Project, edits: int
) -> None:
    Flag.objects.create(project=project, key="lost", variants=BOOLEAN_VARIANTS)
    assert "lost" in served(follower).ruleset
    set_back(staging, 2)
    edit(config, times=edits)
    snapshot = served(follower)
    assert (snapshot.revision, is_on(snapshot)) == (2 + edits, edits % 2 == 0)
    assert "lost" not in snapshot.ruleset
    assert snapshot.epoch > 0


def test_of_several_processes_one_begins_the_epoch(config: FlagConfig, staging: Environment, tmp_path: Path) -> None:
    followers = [Follower(Store(), DiskCopy(tmp_path / str(n))) for n in range(3)]
    for n, each in enumerate(followers):
        edit(config)
        assert served(each).revision == 3 + n
    set_back(staging, 2)
    assert {(s.epoch, s.revision, is_on(s)) for s in map(served, followers)} == {(epoch(staging), 2, True)}


def test_a_database_from_before_an_epoch_begins_a_later_one(
    follower: Follower, config: FlagConfig, staging: Environment
) -> None:
    Head.objects.filter(environment_id=staging.pk).update(epoch=9_000_000_000_000)
    assert served(follower).epoch == 9_000_000_000_000
    Head.objects.filter(environment_id=staging.pk).update(epoch=0)
    assert served(follower).epoch == epoch(staging) == 9_000_000_000_001


def test_ordinary_edits_begin_no_epoch(follower: Follower, config: FlagConfig, staging: Environment) -> None:
    for _ in range(3):
        edit(config)
        served(follower)
    assert epoch(staging) == 0


def test_the_command_makes_every_environment_begin_one(
    follower: Follower, config: FlagConfig, environments: dict[str, Environment]
) -> None:
    edit(config)
    before = served(follower)
    call_command("new_epoch", stdout=StringIO())
    assert all(epoch(environment) > 0 for environment in environments.values())
    after = served(follower)
    assert (after.epoch, after.revision, after.texts) == (epoch(environments["staging"]), before.revision, before.texts)


def test_a_row_that_is_gone_is_a_gap_and_no_other_history(
    follower: Follower, config: FlagConfig, staging: Environment
) -> None:
    served(follower)
    edit(config)
    Publication.objects.filter(environment_id=staging.pk, revision=2).delete()
    snapshot = served(follower)
    assert (snapshot.revision, is_on(snapshot), epoch(staging)) == (3, False, 0)


def test_a_copy_of_an_earlier_release_is_replaced_without_an_epoch(
    follower: Follower, config: FlagConfig, staging: Environment
) -> None:
    follower.store.put(served(follower).placed(0, 0))
    edit(config)
    snapshot = served(follower)
    assert (is_on(snapshot), epoch(staging)) == (False, 0)
    assert snapshot.mark


def test_an_environment_that_cannot_be_read_leaves_the_others_current(
    follower: Follower, config: FlagConfig, staging: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from evaluation import epochs

    served(follower)
    edit(config)
    Flag.objects.create(project=config.flag.project, key="other", variants=BOOLEAN_VARIANTS)
    really = epochs.way

    def way(snapshot: Snapshot, head: Any) -> Any:
        if snapshot.address.key == "staging":
            raise KeyError("a bug")
        return really(snapshot, head)

    monkeypatch.setattr(epochs, "way", way)
    assert is_on(served(follower)) is True
    production = follower.store.find("", "production")
    assert production
    assert "other" in production.ruleset
