"""A flag leaves use by being archived, comes back by being restored, and is gone once deleted."""

from collections.abc import Callable

import pytest

from accounts.errors import Forbidden
from accounts.models import Environment, Project, User
from audit.models import Entry
from flags.documents import documents
from flags.models import Flag, FlagConfig
from flags.services import FlagOutdated, archive_flag, delete_flag, restore_flag, update_config


def test_an_archived_flag_has_no_document(alice: User, staging: Environment, checkout: Flag) -> None:
    archive_flag(checkout, by=alice)
    assert documents(staging, ["checkout"]) == {}


def test_a_restored_flag_does_what_it_did(alice: User, staging: Environment, checkout: Flag) -> None:
    update_config(checkout, staging, by=alice, is_enabled=True)
    before = documents(staging, ["checkout"])
    restore_flag(archive_flag(checkout, by=alice), by=alice)
    assert documents(staging, ["checkout"]) == before


def test_archiving_again_writes_nothing(alice: User, checkout: Flag, written: Callable[[], int]) -> None:
    archived_at = archive_flag(checkout, by=alice).archived_at
    before = written()
    assert archive_flag(checkout, by=alice).archived_at == archived_at
    assert written() == before


def test_restoring_what_is_in_use_writes_nothing(alice: User, checkout: Flag, written: Callable[[], int]) -> None:
    before = written()
    restore_flag(checkout, by=alice)
    assert written() == before


def test_a_developer_does_not_archive_what_production_serves(bob: User, checkout: Flag) -> None:
    with pytest.raises(Forbidden):
        archive_flag(checkout, by=bob)
    assert Flag.objects.get().archived_at is None


def test_a_developer_does_not_restore_into_production(alice: User, bob: User, checkout: Flag) -> None:
    archive_flag(checkout, by=alice)
    with pytest.raises(Forbidden):
        restore_flag(checkout, by=bob)


def test_a_developer_archives_where_nothing_is_protected(bob: User, project: Project, checkout: Flag) -> None:
    project.environments.filter(is_protected=True).delete()
    assert archive_flag(checkout, by=bob).archived_at


def test_a_viewer_archives_nothing_even_without_environments(charlie: User, project: Project, checkout: Flag) -> None:
    project.environments.all().delete()
    with pytest.raises(Forbidden):
        archive_flag(checkout, by=charlie)


def test_only_admins_delete(bob: User, checkout: Flag) -> None:
    with pytest.raises(Forbidden):
        delete_flag(checkout, by=bob)
    assert Flag.objects.exists()


def test_a_deleted_flag_takes_its_configs_with_it(alice: User, staging: Environment, checkout: Flag) -> None:
    update_config(checkout, staging, by=alice, is_enabled=True)
    delete_flag(checkout, by=alice)
    assert not FlagConfig.objects.exists()
    assert Entry.objects.filter(key="checkout", action="delete").count() == 2


def test_an_archived_flag_can_be_deleted(alice: User, checkout: Flag) -> None:
    delete_flag(archive_flag(checkout, by=alice), by=alice)
    assert not Flag.objects.exists()


@pytest.mark.parametrize("service", [archive_flag, restore_flag, delete_flag])
def test_a_version_that_is_no_longer_the_newest_is_told(
    alice: User, checkout: Flag, service: Callable[..., object]
) -> None:
    with pytest.raises(FlagOutdated):
        service(checkout, by=alice, if_match='"7"')
