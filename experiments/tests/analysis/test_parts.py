"""Parts of a day become one, old ones go, and nobody who reads meanwhile notices."""

import os
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import LazySettings
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Environment
from experiments.analysis import parts as bundles
from experiments.analysis import retention
from experiments.analysis.compaction import compact
from experiments.analysis.parquet_files import finished
from experiments.analysis.retention import forget_events
from experiments.analysis.schema import Table
from experiments.analysis.stores import EventStore
from experiments.models import Event, EventPart
from experiments.tests.analysis.conftest import EVENING, HERE, NOON, Put, ids_in, ids_of

Parts = Callable[..., list[EventPart]]
DAY = timedelta(days=1)
HOUR = timedelta(hours=1)
TOMORROW = NOON + DAY


@pytest.fixture
def crowded(store: EventStore, put: Put, monkeypatch: pytest.MonkeyPatch) -> EventStore:
    """A store with three parts of one day, which is one too many."""
    monkeypatch.setattr(bundles, "MOST_PARTS", 2)
    for event_id in "abc":
        put(event_id)
        compact(store, now=EVENING)
    return store


def digest_in(store: EventStore) -> str:
    with store.open() as reading:
        return reading.digest(HERE)


def files(settings: LazySettings) -> list[str]:
    return sorted(path.name for path in Path(settings.EVENTS_DIR).rglob("*") if path.is_file())


def test_many_parts_of_a_day_that_is_over_become_one(crowded: EventStore, parts: Parts) -> None:
    before = digest_in(crowded)
    assert bundles.merge_parts(crowded, now=EVENING) == 0
    assert bundles.merge_parts(crowded, now=TOMORROW) == 3
    assert ([part.rows for part in parts()], ids_of(crowded), digest_in(crowded)) == ([3], ["a", "b", "c"], before)


def test_retired_parts_stay_for_an_hour_for_who_reads_them(crowded: EventStore, settings: LazySettings) -> None:
    with crowded.open() as reading:
        before = ids_in(reading, days=None)
        bundles.merge_parts(crowded, now=TOMORROW)
        assert bundles.delete_retired(crowded, now=TOMORROW + HOUR) == 0
        assert ids_in(reading, days=(NOON.date(), NOON.date())) == before
    assert bundles.delete_retired(crowded, now=TOMORROW + HOUR + DAY) == 3
    assert (len(files(settings)), EventPart.objects.count(), ids_of(crowded)) == (1, 1, before)


def test_of_two_who_merge_the_same_parts_one_gives_way(
    crowded: EventStore, parts: Parts, settings: LazySettings
) -> None:
    once = bundles._crowded_days(TOMORROW)
    again = next(bundles._crowded_days(TOMORROW))
    merged = [bundles._merge(found, crowded, TOMORROW) for found in (next(once), again)]
    assert (merged, len(parts()), len(files(settings))) == ([3, 0], 1, 4)


def test_litter_goes_after_an_hour_and_parts_stay(crowded: EventStore, settings: LazySettings) -> None:
    folder = next(Path(settings.EVENTS_DIR).rglob("*.parquet")).parent
    now = EVENING + 30 * DAY
    for name, age in (("old.parquet", 2 * HOUR), ("older.parquet.writing", 3 * HOUR), ("new.parquet", HOUR / 2)):
        (folder / name).touch()
        os.utime(folder / name, times=((now - age).timestamp(),) * 2)
    assert bundles.remove_litter(crowded, now=now) == 2
    assert ("new.parquet" in files(settings), len(files(settings)), ids_of(crowded)) == (True, 4, ["a", "b", "c"])


def test_what_is_killed_while_it_writes_is_litter(
    store: EventStore, put: Put, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a")
    with monkeypatch.context() as patched:
        patched.setattr(Path, "replace", _killed)
        with pytest.raises(KeyboardInterrupt):
            compact(store, now=EVENING)
    left = (len(files(settings)), ids_of(store))
    removed = bundles.remove_litter(store, now=timezone.now() + 2 * HOUR)
    assert (left, removed, files(settings)) == ((1, ["a"]), 1, [])


def _killed(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_write_that_fails_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="full"):
        _write_half(tmp_path)
    assert list(tmp_path.iterdir()) == []


def _write_half(folder: Path) -> None:
    with finished(folder / "a.parquet", below=folder) as target:
        target.write_text("half of it")
        raise OSError("the disk is full")


def test_a_missing_file_keeps_only_its_own_day_from_being_merged(crowded: EventStore, put: Put, parts: Parts) -> None:
    for event_id in "def":
        put(event_id, at=NOON - DAY)
        compact(crowded, now=EVENING)
    crowded.drop(parts()[0])
    assert (bundles.merge_parts(crowded, now=TOMORROW), len(parts())) == (3, 4)


@pytest.fixture
def three_ages(store: EventStore, put: Put, development: Environment) -> EventStore:
    """Events in parts, fifteen and fourteen days old, and a hot one that is as old."""
    for event_id, days in (("fifteen", 15), ("fourteen", 14)):
        put(event_id, at=NOON - days * DAY, environment_id=development.pk)
    compact(store, now=EVENING)
    put("hot", at=NOON - 15 * DAY, environment_id=development.pk)
    return store


def test_intake_forgets_what_lies_in_a_part_and_is_not_sent_again(
    three_ages: EventStore, development: Environment
) -> None:
    assert forget_events(now=NOON, days=0) == 1
    left = Event.objects.order_by("event_id").values_list("event_id", flat=True)
    with three_ages.open() as reading:
        read = ids_in(reading, environment_id=development.pk)
    assert (list(left), read) == (["fourteen", "hot"], ["fifteen", "fourteen", "hot"])


@pytest.mark.parametrize(("days", "left"), [(0, 2), (15, 2), (14, 1), (13, 0)])
def test_parts_are_kept_for_as_many_days_as_are_set(three_ages: EventStore, parts: Parts, days: int, left: int) -> None:
    forget_events(now=NOON, days=days)
    assert len(parts()) == left


def test_events_of_an_environment_go_with_it(
    three_ages: EventStore, parts: Parts, development: Environment, settings: LazySettings
) -> None:
    Environment.objects.filter(pk=development.pk).delete()
    forget_events(now=NOON, days=0)
    bundles.delete_retired(three_ages, now=NOON + DAY)
    assert (Event.objects.count(), EventPart.objects.count(), files(settings)) == (0, 0, [])


def test_an_environment_that_is_made_meanwhile_keeps_its_past(
    three_ages: EventStore, development: Environment, put: Put, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    def make_another(rows: QuerySet[Event]) -> int:
        if Event.objects.exists():
            Event.objects.all().delete()
            made = Environment.objects.create(project=development.project, key="new", name="New")
            put("new", environment_id=made.pk)
            compact(three_ages, now=EVENING)
        return 0

    monkeypatch.setattr(retention, "_delete", make_another)
    forget_events(now=NOON, days=0)
    assert len(parts()) == 3


def test_days_say_what_they_hold_and_whether_they_are_closed(store: EventStore, put: Put) -> None:
    put("a", "b", at=NOON - DAY)
    compact(store, now=NOON - HOUR * 2)
    put("c")
    with store.open() as reading:
        told = [(day.day, day.rows, day.is_closed) for day in reading.days(HERE, Table.METRICS, now=NOON)]
        none = reading.days(HERE, Table.EXPOSURES, now=NOON)
    assert (told, none) == ([((NOON - DAY).date(), 2, True), (NOON.date(), 1, False)], ())


def test_a_late_event_opens_its_day_again_until_it_is_bundled(store: EventStore, put: Put) -> None:
    put("a", at=NOON - DAY)
    compact(store, now=NOON)
    put("late", at=NOON - DAY, received_at=NOON)
    told = []
    for _ in range(2):
        with store.open() as reading:
            told.append(reading.days(HERE, Table.METRICS, now=NOON)[0])
        compact(store, now=EVENING)
    hot, bundled = told
    assert (hot.is_closed, bundled.is_closed, hot.rows) == (False, True, 2)
    assert (hot.digest, hot.received_until) == (bundled.digest, NOON)
