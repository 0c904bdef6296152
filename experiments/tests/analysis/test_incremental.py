"""Days that were read before are not read again, and the sums are those of reading everything."""

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from django.conf import LazySettings

from experiments.analysis import kept_files
from experiments.analysis.incremental import sum_up_new
from experiments.analysis.parquet_store import ParquetStore
from experiments.analysis.summing import sum_up
from experiments.analysis.sums import Sums
from experiments.models import EventPart
from experiments.tests.analysis.happenings import Happening, after, put_in, rows_of
from experiments.tests.analysis.test_conformance import METRICS, QUESTION, assert_same, some_events

pytestmark = pytest.mark.django_db

FEWER = replace(QUESTION, metrics=(METRICS[3], METRICS[5]), dimensions=("country",))
Grown = Callable[..., Sums]


@pytest.fixture
def store(tmp_path: Path, settings: LazySettings) -> ParquetStore:
    settings.EVENTS_DIR = tmp_path
    return ParquetStore(tmp_path)


@pytest.fixture
def grown(store: ParquetStore) -> Grown:
    def grown(day: int, *, in_full: bool = False) -> Sums:
        question = replace(FEWER, received_until=after(days=day, hours=1))
        with store.open() as reading:
            return sum_up(question, reading) if in_full else sum_up_new(question, reading)

    return grown


def arriving(random: Random, events: list[Happening], *, days: int) -> list[list[Happening]]:
    """What arrives on each day: what happened on it, and from the third day on some of what happened before."""
    arrivals: list[list[Happening]] = [[] for _ in range(days)]
    for event in events:
        day = max((event.at - after()).days, 0)
        day += day > 1 and random.random() < 0.1
        if day < days:
            arrivals[day].append(replace(event, received_at=after(days=day + 1)))
    return arrivals


def kept(folder: Path) -> set[Path]:
    return set((folder / "known").glob("*"))


def test_growing_by_late_and_crossing_events_gives_what_reading_everything_gives(
    store: ParquetStore, grown: Grown
) -> None:
    random = Random(1)
    for day, arrived in enumerate(arriving(random, some_events(random, users=300), days=4), start=1):
        put_in(store, arrived, random=random)
        found = grown(day)
    assert found.set_aside > 0
    assert_same(found, grown(day, in_full=True))


def test_a_day_that_was_read_is_not_read_again(tmp_path: Path, store: ParquetStore, grown: Grown) -> None:
    random = Random(3)
    for arrived in arriving(random, some_events(random), days=3):
        put_in(store, arrived, random=random)
    first = grown(3)
    assert len(kept(tmp_path)) == 1
    for part in EventPart.objects.all():
        rows = rows_of([], part.table)
        store.write(part.environment_id, part.table, part.day, rows, part.pk)  # its digest still promises the events
    assert_same(grown(3), first)


def test_what_was_stored_later_than_asked_is_not_in_the_sums(store: ParquetStore, grown: Grown) -> None:
    random = Random(4)
    for arrived in arriving(random, some_events(random), days=4):
        put_in(store, arrived, random=random)
    assert_same(grown(2), grown(2, in_full=True))


def test_files_that_nobody_used_for_a_fortnight_go(tmp_path: Path) -> None:
    files = [tmp_path / name for name in ("old.parquet", "new.parquet", "killed.parquet.writing", "other.txt")]
    for file in files:
        file.touch()
        os.utime(file, (0, 0))
    assert kept_files.is_there(files[1])
    assert kept_files.forget_unused(tmp_path, now=after(days=1)) == 2
    assert {file.name for file in tmp_path.iterdir()} == {"new.parquet", "other.txt"}
