"""A process keeps up with the database, takes copies where that is away, and never serves less than it had."""

from pathlib import Path
from typing import Any

import pytest
from django.db import OperationalError

from accounts.models import Environment, Project
from evaluation import reading
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.store import Store
from evaluation.tests.asking import flag_document, snapshot_of
from evaluation.vitals import vitals
from flagkit.engine import Context
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    return Follower(Store(), DiskCopy(tmp_path))


@pytest.fixture
def config(project: Project, staging: Environment) -> FlagConfig:
    flag = Flag.objects.create(project=project, key="checkout", variants=BOOLEAN_VARIANTS)
    return FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True)


def served(follower: Follower) -> Any:
    snapshot = follower.store.find("", "staging")
    assert snapshot
    return snapshot


def test_it_serves_what_is_published(follower: Follower, config: FlagConfig) -> None:
    assert follower.follow()
    assert served(follower).ruleset.evaluate("checkout", Context()).value is True


def test_a_later_revision_is_reached_by_its_documents_alone(
    follower: Follower, config: FlagConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower.follow()
    monkeypatch.setattr(reading, "texts_at", None)
    config.is_enabled = False
    config.save()
    follower.follow()
    assert served(follower).ruleset.evaluate("checkout", Context()).value is False
    assert served(follower).revision == 3


def test_what_changed_is_compiled_before_anybody_asks(follower: Follower, config: FlagConfig) -> None:
    """A large flag takes long enough to compile to hold up everybody who asks meanwhile."""
    follower.follow()
    config.is_enabled = False
    config.save()
    follower.follow()
    assert "checkout" in served(follower).ruleset._flags


def test_an_environment_that_is_closed_to_keyless_callers_is_seen_without_a_revision(
    follower: Follower, config: FlagConfig, staging: Environment
) -> None:
    follower.follow()
    staging.allows_keyless = False
    staging.save()
    follower.follow()
    assert served(follower).address.allows_keyless is False
    assert served(follower).revision == 2


def test_a_deleted_flag_is_served_no_longer(follower: Follower, config: FlagConfig) -> None:
    follower.follow()
    config.flag.delete()
    follower.follow()
    assert "checkout" not in served(follower).ruleset


def test_with_the_database_away_it_goes_on(
    follower: Follower, config: FlagConfig, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower.follow()

    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(reading, "addresses", away)
    assert follower.follow() is False
    assert served(follower).ruleset.evaluate("checkout", Context()).value is True


def test_a_document_that_was_broken_in_the_database_poisons_only_itself(
    follower: Follower, config: FlagConfig, project: Project
) -> None:
    from evaluation.models import Publication

    Flag.objects.create(project=project, key="other", variants=BOOLEAN_VARIANTS)
    Publication.objects.filter(key="checkout").update(document='{"schema": 1')
    follower.follow()
    assert served(follower).ruleset.evaluate("checkout", Context()).error == "PARSE_ERROR"
    assert served(follower).ruleset.evaluate("other", Context()).reason == "DISABLED"


def test_a_disk_copy_gives_back_what_was_kept(tmp_path: Path) -> None:
    snapshot = snapshot_of(flag_document(), revision=9)
    DiskCopy(tmp_path).keep([snapshot])
    assert [found.revision for found in DiskCopy(tmp_path).load_all()] == [9]


def test_a_damaged_disk_copy_is_left_out(tmp_path: Path) -> None:
    DiskCopy(tmp_path).keep([snapshot_of(flag_document()), snapshot_of(flag_document(), environment="production")])
    damaged = next(tmp_path.glob("id-staging*"))
    damaged.write_bytes(damaged.read_bytes()[:-3])
    assert [found.address.key for found in DiskCopy(tmp_path).load_all()] == ["production"]


def test_a_disk_that_takes_nothing_costs_only_the_copy(tmp_path: Path) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("in the way")
    DiskCopy(blocked / "snapshots").keep([snapshot_of(flag_document())])


def test_polls_are_counted_whether_or_not_the_database_answers(
    follower: Follower, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = vitals.polls.copy()
    follower.follow()

    def away() -> None:
        raise OperationalError("connection refused")

    monkeypatch.setattr(reading, "addresses", away)
    follower.follow()
    assert vitals.polls - before == {"done": 1, "failed": 1}


def test_it_knows_where_what_it_serves_came_from(
    follower: Follower, config: FlagConfig, staging: Environment, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    follower.follow()
    assert follower.store.source(str(staging.pk)) == "database"
    follower._disk.keep(follower.store.snapshots())
    other = Follower(Store(), DiskCopy(tmp_path))
    other.store.replace(other._copies(), confirmed=False)
    assert other.store.source(str(staging.pk)) == "disk"
    config.is_enabled = False
    config.save()
    other.follow()
    assert other.store.source(str(staging.pk)) == "database"
