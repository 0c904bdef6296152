"""Archived experiments that are past keeping are removed one by one, by the system, each with its history."""

from collections.abc import Callable
from datetime import timedelta
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import Environment, User
from audit.models import Entry
from experiments.life_cycle import move
from experiments.models import Allocation, Experiment, Variant
from experiments.pruning import list_archived, prune

Make = Callable[..., Experiment]


@pytest.fixture
def archived(alice: User, drafted: Make) -> Make:
    """Makes an experiment that was archived so many days ago."""

    def make(key: str, days: float) -> Experiment:
        experiment = move(drafted(key), "ARCHIVED", by=alice)
        experiment.archived_at = timezone.now() - timedelta(days=days)
        experiment.save()
        return experiment

    return make


def run(*arguments: str) -> str:
    printed = StringIO()
    call_command("prune_experiments", *arguments, stdout=printed)
    return printed.getvalue()


def keys() -> list[str]:
    return sorted(Experiment.objects.values_list("key", flat=True))


def test_what_is_past_keeping_goes_and_nothing_else(archived: Make, started: Make) -> None:
    archived("old", 181)
    archived("older", 400)
    archived("young", 179)
    started("running")
    printed = run("--older-than", "180d")
    assert keys() == ["running", "young"]
    assert printed.splitlines()[0].startswith("Removed experiment older of staging in project default, archived on")
    assert printed.splitlines()[-1] == "2 removed."


def test_each_leaves_an_entry_by_the_system(archived: Make) -> None:
    archived("old", 181)
    before = Entry.objects.count()
    run("--older-than", "180d")
    entries = Entry.objects.all()[: Entry.objects.count() - before]
    assert {(entry.actor, entry.actor_id, entry.action) for entry in entries} == {("system", None, "delete")}
    assert sorted(entry.subject for entry in entries) == [*["allocation"] * 2, "experiment", *["variant"] * 2]
    assert not Variant.objects.exists()
    assert not Allocation.objects.exists()


def test_a_dry_run_names_them_and_removes_nothing(archived: Make) -> None:
    archived("old", 181)
    before = Entry.objects.count()
    assert run("--older-than", "180d", "--dry-run").startswith("Would remove experiment old of staging")
    assert (keys(), Entry.objects.count()) == (["old"], before)


def test_weeks_are_seven_days(archived: Make) -> None:
    archived("old", 15)
    archived("young", 13)
    run("--older-than", "2w")
    assert keys() == ["young"]


@pytest.mark.parametrize("span", ["", "180", "0d", "-1d", "1.5d", "6m", "d", "1d1d", "٣d", "99999w"])
def test_a_span_is_days_or_weeks(archived: Make, span: str) -> None:
    archived("old", 181)
    with pytest.raises(CommandError, match="180d"):
        run(f"--older-than={span}")
    assert keys() == ["old"]


def test_without_a_span_nothing_is_removed(archived: Make) -> None:
    archived("old", 181)
    with pytest.raises(CommandError, match="older-than"):
        run()
    assert keys() == ["old"]


def test_what_somebody_else_removed_meanwhile_is_passed_over(archived: Make, staging: Environment) -> None:
    archived("old", 181)
    archived("older", 400)
    found = list(list_archived(before=timezone.now()))
    Experiment.objects.get(key="older").delete()
    assert [experiment.key for experiment in prune(found)] == ["old"]
