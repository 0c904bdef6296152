"""Usage is counted by the minute, then by the hour, then forgotten; no evaluation is lost or doubled on the way."""

import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.db.models import Sum

from accounts.models import Environment
from evaluation import usage_rows
from evaluation.models import LastSeen, UnknownFlag, Usage
from evaluation.usage_rows import add_unknown, add_usage, forget, minute_of, roll_up

pytestmark = pytest.mark.django_db
NOW = datetime(2026, 3, 20, 12, 34, 56, tzinfo=UTC)
DAY, MINUTE = timedelta(days=1), timedelta(minutes=1)


def add(environment: Environment, at: datetime, count: int = 1, variant: str = "on") -> None:
    key = (str(environment.pk), "checkout", variant, minute_of(at))
    add_usage({key: count}, seen={(str(environment.pk), "checkout"): at})


def total() -> int:
    return Usage.objects.aggregate(n=Sum("count"))["n"] or 0


def test_old_minutes_become_hours(staging: Environment) -> None:
    old = NOW - 8 * DAY
    for n in range(60):
        add(staging, old.replace(minute=n), count=2)
    add(staging, NOW)
    assert roll_up(NOW) == 60
    assert list(Usage.objects.values_list("at", "span", "count")) == [
        (old.replace(minute=0, second=0), 3600, 120),
        (minute_of(NOW), 60, 1),
    ]


def test_what_comes_late_is_added_to_its_hour(staging: Environment) -> None:
    for _ in range(2):
        add(staging, NOW - 8 * DAY, count=5)
        roll_up(NOW)
    assert [row.count for row in Usage.objects.all()] == [10]


def test_more_than_one_batch_is_rolled_up(staging: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_rows, "_BATCH", 7)
    for n in range(50):
        add(staging, NOW - 8 * DAY + n * MINUTE)
    assert roll_up(NOW) == 50
    assert total() == 50
    assert roll_up(NOW) == 0


def test_settings_say_how_long(staging: Environment, settings: Any) -> None:
    settings.USAGE_MINUTE_DAYS, settings.USAGE_HOUR_DAYS = 1, 2
    add(staging, NOW - 1.5 * DAY)
    add(staging, NOW - 3 * DAY)
    assert roll_up(NOW) == 2
    assert forget(NOW) == 1
    assert Usage.objects.get().at.date() == (NOW - 1.5 * DAY).date()


def test_usage_is_forgotten_and_when_a_flag_was_seen_is_not(staging: Environment) -> None:
    add(staging, NOW - 91 * DAY)
    assert forget(NOW) == 1
    assert not Usage.objects.exists()
    assert LastSeen.objects.get().at == NOW - 91 * DAY


def test_names_that_nobody_asks_for_any_more_are_forgotten(staging: Environment, production: Environment) -> None:
    add_unknown({(str(staging.pk), "long-ago"): 3}, NOW - 31 * DAY)
    add_unknown({(str(production.pk), "lately"): 3}, NOW - 29 * DAY)
    forget(NOW)
    assert [found.flag for found in UnknownFlag.objects.all()] == ["lately"]


def test_an_environment_that_is_gone_takes_with_it_what_was_seen_there(staging: Environment) -> None:
    add(staging, NOW)
    add_unknown({(str(staging.pk), "chekcout"): 1}, NOW)
    staging.delete()
    forget(NOW)
    assert not LastSeen.objects.exists()
    assert not UnknownFlag.objects.exists()


def in_threads(work: Any, times: int) -> None:
    def alone() -> None:
        try:
            work()
        finally:
            connection.close()

    threads = [threading.Thread(target=alone) for _ in range(times)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_lose_nothing(staging: Environment) -> None:
    keys = [(str(staging.pk), f"flag-{n}", "on", minute_of(NOW)) for n in range(50)]

    def write() -> None:
        for turn in (1, -1) * 5:
            add_usage(dict.fromkeys(keys[::turn], 1), seen={})

    in_threads(write, 4)
    assert {row.count for row in Usage.objects.all()} == {40}


@pytest.mark.django_db(transaction=True)
def test_two_workers_sum_up_each_minute_once(staging: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(usage_rows, "_BATCH", 10)
    for n in range(200):
        add(staging, NOW - 8 * DAY + n * MINUTE)
    in_threads(lambda: roll_up(NOW), 3)
    assert total() == 200
    assert not Usage.objects.filter(span=Usage.Span.MINUTE).exists()
