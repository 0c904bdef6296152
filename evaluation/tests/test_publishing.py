"""Every transaction that changes what an environment evaluates is exactly one revision of it, or none."""

import contextlib
import threading
from typing import Any

import pytest
from django.db import connection, transaction

from accounts.changes import change
from accounts.errors import Invalid
from accounts.models import Environment, Project
from audit.models import Entry
from evaluation.models import Head, Publication
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Flag, FlagConfig

pytestmark = pytest.mark.django_db(transaction=True)


def revision(environment: Environment) -> int:
    return Head.objects.filter(pk=environment.pk).values_list("revision", flat=True).first() or 0


def make_flag(project: Project, key: str = "checkout", **fields: Any) -> Flag:
    return Flag.objects.create(project=project, key=key, variants=BOOLEAN_VARIANTS, **fields)


def test_an_environment_starts_unpublished(staging: Environment) -> None:
    assert revision(staging) == 0


def test_a_new_flag_is_one_revision_of_every_environment(project: Project, environments: dict[str, Any]) -> None:
    make_flag(project)
    assert [revision(environment) for environment in environments.values()] == [1, 1, 1]


def test_a_config_is_a_revision_of_its_own_environment_only(
    project: Project, staging: Environment, production: Environment
) -> None:
    FlagConfig.objects.create(flag=make_flag(project), environment=staging, is_enabled=True)
    assert (revision(staging), revision(production)) == (2, 1)


def test_many_writes_in_one_transaction_are_one_revision(project: Project, staging: Environment) -> None:
    with transaction.atomic():
        for n in range(5):
            FlagConfig.objects.create(flag=make_flag(project, f"flag-{n}"), environment=staging, is_enabled=True)
    assert revision(staging) == 1
    assert Publication.objects.filter(environment_id=staging.pk, revision=1).count() == 5


def test_the_last_write_of_a_transaction_is_what_is_published(project: Project, staging: Environment) -> None:
    with transaction.atomic():
        config = FlagConfig.objects.create(flag=make_flag(project), environment=staging, is_enabled=True)
        config.is_enabled = False
        config.save()
    assert '"enabled":false' in (Publication.objects.get(environment_id=staging.pk).document or "")


def test_what_evaluation_does_not_read_is_no_revision(project: Project, staging: Environment) -> None:
    flag = make_flag(project)
    flag.description = "Only for people."
    flag.save()
    assert revision(staging) == 1


def test_a_rolled_back_change_leaves_no_gap(project: Project, staging: Environment) -> None:
    flag = make_flag(project)
    with contextlib.suppress(ZeroDivisionError), change():
        FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True)
        raise ZeroDivisionError
    FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True)
    assert revision(staging) == 2


def test_a_rolled_back_savepoint_does_not_lend_its_revision(project: Project, staging: Environment) -> None:
    flag = make_flag(project)
    with transaction.atomic():
        with contextlib.suppress(ZeroDivisionError), transaction.atomic():
            FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True)
            raise ZeroDivisionError
        FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True)
    assert revision(staging) == 2
    assert Publication.objects.filter(environment_id=staging.pk).count() == 2


def test_what_cannot_be_evaluated_cannot_be_saved(project: Project, staging: Environment) -> None:
    flag = make_flag(project)
    entries = Entry.objects.count()
    with pytest.raises(Invalid, match="variant nobody does not exist"):
        FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True, serve={"variant": "nobody"})
    assert not FlagConfig.objects.exists()
    assert (revision(staging), Entry.objects.count()) == (1, entries)


def test_a_deleted_flag_is_published_as_gone(project: Project, staging: Environment) -> None:
    make_flag(project).delete()
    assert Publication.objects.get(environment_id=staging.pk, revision=2).document is None


def test_a_new_environment_of_a_project_with_flags_is_published(project: Project) -> None:
    make_flag(project)
    fresh = Environment.objects.create(project=project, key="qa", name="QA")
    assert revision(fresh) == 1


def test_a_deleted_environment_keeps_what_it_served(project: Project, staging: Environment) -> None:
    make_flag(project)
    kept = staging.pk
    staging.delete()
    assert Publication.objects.filter(environment_id=kept).count() == 1


def test_a_bulk_update_is_published_too(project: Project, staging: Environment) -> None:
    FlagConfig.objects.create(flag=make_flag(project), environment=staging)
    FlagConfig.objects.update(is_enabled=True)
    assert revision(staging) == 2


def test_concurrent_changes_are_numbered_one_after_the_other(project: Project, staging: Environment) -> None:
    flags = [make_flag(project, f"flag-{n}") for n in range(8)]
    failures: list[Exception] = []

    def turn_on(flag: Flag) -> None:
        try:
            FlagConfig.objects.create(flag=flag, environment=staging, is_enabled=True)
        except Exception as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=turn_on, args=(flag,)) for flag in flags]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    numbers = (
        Publication.objects.filter(environment_id=staging.pk).order_by("revision").values_list("revision", flat=True)
    )
    assert list(numbers) == list(range(1, 17))
