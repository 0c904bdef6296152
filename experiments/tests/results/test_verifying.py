"""A report can be repeated: from its own question, and from the events as they were stored then."""

import json
import random
from collections.abc import Callable
from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.core.management import CommandError, call_command
from django.utils import timezone

from accounts.models import User
from experiments.metrics.services import create_metric
from experiments.metrics.using import add_metric
from experiments.models import Event, Experiment, Report
from experiments.results.making import make_report

DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


@pytest.fixture
def running(started: Callable[..., Experiment], alice: User, settings: LazySettings, tmp_path: Path) -> Experiment:
    """An experiment that 60 users saw, some of whom paid."""
    settings.EVENTS_DIR = tmp_path / "events"
    experiment = started()
    experiment.started_at -= 2 * DAY
    experiment.save()
    create_metric(experiment.environment.project, by=alice, key="revenue", kind="mean", event="paid")
    add_metric(experiment, "revenue", by=alice)
    drawn = random.Random(1)
    users = [(f"user-{number}", ("control", "treatment")[number % 2]) for number in range(60)]
    seen = [_event(experiment, user, kind="exposure", name=experiment.key, variant=variant) for user, variant in users]
    payers = [user for user, _ in users if drawn.random() < 0.4]
    paid = [_event(experiment, user, kind="metric", name="paid", value=drawn.uniform(1, 50)) for user in payers]
    Event.objects.bulk_create(seen + paid)
    return experiment


def _event(experiment: Experiment, user: str, *, kind: str, again: str = "", **fields: object) -> Event:
    """Exposed yesterday, paid a minute later."""
    at = timezone.now() - DAY + (MINUTE if kind == "metric" else timedelta(0))
    given = {"event_id": f"{kind} {user} {again}", "kind": kind, "user_key": user, "at": at, "day": at.date()}
    return Event(environment_id=experiment.environment_id, received_at=timezone.now(), **given, **fields)


def report_on(experiment: Experiment) -> Report:
    told: list[tuple[str, int]] = []
    report = make_report(experiment, now=timezone.now(), tell_progress=lambda *step: told.append(step))
    assert sorted(told, key=lambda step: step[1]) == told
    report.save()
    return report


def verified(*arguments: object) -> str:
    out = StringIO()
    call_command("verify_report", *map(str, arguments), stdout=out)
    return out.getvalue()


def differing(*arguments: object) -> str:
    out = StringIO()
    with pytest.raises(CommandError, match="cannot be repeated"):
        call_command("verify_report", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_reports_are_verified_though_events_have_come_since(running: Experiment) -> None:
    first = report_on(running)
    _event(running, "user-1", kind="metric", name="paid", value=10.0, again="later").save()
    second = report_on(running)
    assert second.question["earlier"]["id"] == first.pk
    assert first.document["units"]["total"] == 60
    assert verified("--all") == (
        f"report {first.pk} of button-color: verified\nreport {second.pk} of button-color: verified\n"
    )
    first.delete()
    assert "verified" in verified("--experiment", "button-color", "--environment", "staging")


def test_number_that_was_changed_is_told_with_its_place(running: Experiment) -> None:
    report = report_on(running)
    value = report.document["metrics"][0]["variants"][0]["value"]
    report.document["metrics"][0]["variants"][0]["value"] = value * (1 + 1e-6)
    report.save()
    told = differing(report.pk)
    assert "metrics[revenue].variants[control].value: " in told
    assert len(told.splitlines()) == 2


def test_events_that_were_changed_added_or_lost_are_told_and_counted(running: Experiment) -> None:
    report = report_on(running)
    Event.objects.filter(kind="exposure", user_key__in=("user-1", "user-2")).delete()
    told = json.loads(differing(report.pk, "--json"))
    assert told["is_verified"] is False
    assert "2 exposures fewer" in told["differences"][0]


def test_events_that_were_let_go_of_are_told_as_such(running: Experiment, settings: LazySettings) -> None:
    report = report_on(running)
    Event.objects.filter(kind="exposure").delete()
    settings.EVENTS_DAYS = 1
    assert "were deleted, because EVENTS_DAYS is 1" in differing(report.pk)


def test_report_before_that_was_changed_is_told(running: Experiment) -> None:
    first, second = report_on(running), report_on(running)
    first.document["balance"] = None
    first.save()
    assert f"report {first.pk}, which it builds on.balance" in differing(second.pk)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ((), "Name a report by its id"),
        (("1", "--all"), "Name a report by its id"),
        (("999",), "There is no such report"),
        (("--experiment", "nothing"), "There is no experiment nothing there"),
    ],
)
@pytest.mark.django_db
def test_what_names_no_report_is_refused_in_words(arguments: tuple[str, ...], words: str) -> None:
    with pytest.raises(CommandError, match=words):
        verified(*arguments)
