"""Audiences are published like flags: in one revision with the flags that were saved with them, and read with them."""

from pathlib import Path

import pytest
from django.db import transaction

from accounts.changes import change
from accounts.errors import Invalid
from accounts.models import Environment, Project
from evaluation import reading
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.models import Head, Publication
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from flagkit.engine import Context
from flags.documents import BOOLEAN_VARIANTS
from flags.models import Audience, Flag, FlagConfig

pytestmark = pytest.mark.django_db(transaction=True)
RULE = {"id": "t", "when": {"operator": "in_audience", "value": "testers"}, "serve": {"variant": "off"}}


def published(environment: Environment) -> list[tuple[int, str, str]]:
    rows = Publication.objects.filter(environment_id=environment.pk).order_by("revision", "kind", "key")
    return list(rows.values_list("revision", "kind", "key"))


def make_both(project: Project, environment: Environment) -> Audience:
    """An audience of Alice, and a flag that is off for it: in one change."""
    with change():
        flag = Flag.objects.create(project=project, key="checkout", variants=BOOLEAN_VARIANTS)
        FlagConfig.objects.create(flag=flag, environment=environment, is_enabled=True, rules=[RULE])
        return Audience.objects.create(environment=environment, key="testers", included=["alice"])


@pytest.fixture
def follower(tmp_path: Path) -> Follower:
    return Follower(Store(), DiskCopy(tmp_path))


def served(follower: Follower) -> Snapshot:
    snapshot = follower.store.find("", "staging")
    assert snapshot
    return snapshot


def test_a_flag_and_its_audience_are_one_revision(project: Project, staging: Environment) -> None:
    make_both(project, staging)
    assert published(staging) == [(1, "audience", "testers"), (1, "flag", "checkout")]


def test_two_services_in_one_transaction_are_one_revision(project: Project, staging: Environment) -> None:
    with transaction.atomic():
        make_both(project, staging)
        Audience.objects.create(environment=staging, key="others")
    assert {revision for revision, _, _ in published(staging)} == {1}
    assert Head.objects.get(pk=staging.pk).revision == 1


def test_an_audience_is_a_revision_of_its_own_environment(staging: Environment, production: Environment) -> None:
    Audience.objects.create(environment=staging, key="testers")
    assert (len(published(staging)), len(published(production))) == (1, 0)


def test_the_name_of_an_audience_is_no_revision(staging: Environment) -> None:
    audience = Audience.objects.create(environment=staging, key="testers")
    audience.name = "For people"
    audience.save()
    assert len(published(staging)) == 1


def test_a_deleted_audience_is_published_as_gone(staging: Environment) -> None:
    Audience.objects.create(environment=staging, key="testers").delete()
    assert Publication.objects.get(environment_id=staging.pk, revision=2).document is None


def test_an_audience_that_cannot_be_evaluated_cannot_be_saved(staging: Environment) -> None:
    with pytest.raises(Invalid, match="Audience testers could not be evaluated in staging"):
        Audience.objects.create(environment=staging, key="testers", rules=[{"id": "x", "when": {"operator": "?"}}])
    assert not Audience.objects.exists()


def test_readers_see_an_edited_audience_and_flag_together(
    follower: Follower, project: Project, staging: Environment
) -> None:
    audience = make_both(project, staging)
    follower.follow()
    before = served(follower)
    with change():
        audience.included = ["bob"]
        audience.save()
        config = FlagConfig.objects.get()
        config.rules = [{**RULE, "id": "second"}]
        config.save()
    follower.follow()
    for snapshot, user, rule in ((before, "alice", "t"), (served(follower), "bob", "second")):
        answers = {each: snapshot.ruleset.evaluate("checkout", Context(each)).rule for each in ("alice", "bob")}
        assert {name for name, decided in answers.items() if decided} == {user}
        assert answers[user] == rule


def test_a_snapshot_from_nothing_is_the_one_that_was_followed(
    follower: Follower, project: Project, staging: Environment
) -> None:
    audience = make_both(project, staging)
    follower.follow()
    audience.included = ["bob"]
    audience.save()
    follower.follow()
    whole = reading.texts_at(str(staging.pk), served(follower).revision)
    assert (served(follower).revision, served(follower).texts) == (2, whole)


def test_an_audience_that_was_broken_in_the_database_poisons_only_itself(
    follower: Follower, project: Project, staging: Environment
) -> None:
    make_both(project, staging)
    Publication.objects.filter(kind="audience").update(document='{"schema": 1')
    follower.follow()
    assert served(follower).ruleset.evaluate("checkout", Context("alice")).variant == "on"
