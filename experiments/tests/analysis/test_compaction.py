"""From the intake to the store: each event is read once, whatever happens on the way."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import LazySettings
from django.db import DatabaseError
from django.db.models import Model

from accounts.tests.racing import race
from experiments.analysis import compaction
from experiments.analysis.parquet_store import ParquetStore
from experiments.analysis.stores import EventStore
from experiments.models import Event, EventPart
from experiments.tests.analysis.conftest import EVENING, HERE, NOON, Put, ids_in, ids_of, only

Parts = Callable[..., list[EventPart]]
MINUTE = timedelta(minutes=1)


def compact(store: EventStore, now: datetime = EVENING) -> int:
    return compaction.compact(store, now=now)


def files(settings: LazySettings) -> list[Path]:
    return sorted(path for path in Path(settings.EVENTS_DIR).rglob("*") if path.is_file())


def test_events_are_read_once_before_and_after(store: EventStore, put: Put, parts: Parts) -> None:
    put("a", "b")
    put("c", kind="exposure", name="button", variant="red")
    before = ids_of(store), ids_of(store, "exposures")
    assert compact(store) == 3
    put("d")
    after = ids_of(store), ids_of(store, "exposures")
    assert (before, after) == ((["a", "b"], ["c"]), (["a", "b", "d"], ["c"]))
    assert [(part.table, part.rows) for part in parts()] == [("exposures", 1), ("metrics", 2)]


def test_what_was_sent_is_what_is_read(store: EventStore, put: Put) -> None:
    sent = {"at": NOON + timedelta(microseconds=1), "value": 0.1 + 0.2, "attributes": '{"a": "ü\\""}'}
    put("a", **sent)
    put("b", kind="flag", name="banner", variant="x")
    compact(store)
    with store.open() as reading:
        metric = reading.metric_events(put("c")[0].environment_id).to_pyarrow().to_pylist()[0]
        exposure = reading.exposures(Event.objects.all()[0].environment_id).to_pyarrow().to_pylist()[0]
    assert {key: metric[key] for key in sent} == sent
    assert (exposure["flag"], exposure["experiment"], exposure["day"]) == ("banner", "", NOON.date())


@pytest.mark.parametrize(("minutes", "moved"), [(59, 0), (61, 0), (62, 1)])
def test_an_hour_is_bundled_two_minutes_after_its_end(store: EventStore, put: Put, minutes: int, moved: int) -> None:
    put("a", at=NOON)
    assert compact(store, NOON + minutes * MINUTE) == moved


def test_many_that_wait_are_not_made_to_wait_for_the_hour(
    store: EventStore, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "MOST_WAITING", 2)
    put("a", "b")
    first = compact(store, NOON + MINUTE)
    put("c")
    assert (first, compact(store, NOON + MINUTE)) == (0, 3)


def test_large_days_become_several_parts(
    store: EventStore, put: Put, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "PART_ROWS", 2)
    put(*"abcde")
    compact(store)
    assert ([part.rows for part in parts()], ids_of(store)) == ([2, 2, 1], [*"abcde"])


def test_late_events_and_midnight(store: EventStore, put: Put, parts: Parts) -> None:
    midnight = NOON.replace(hour=0)
    put("before", at=midnight - timedelta(microseconds=1), received_at=NOON)
    put("after", at=midnight)
    compact(store)
    put("late", at=midnight - timedelta(days=3), received_at=NOON)
    compact(store)
    days = [part.day for part in parts()]
    assert [NOON.day - day.day for day in days] == [3, 1, 0]
    assert [ids_of(store, **only(day)) for day in days] == [["late"], ["before"], ["after"]]


def test_who_is_killed_before_the_row_loses_nothing(
    store: EventStore, put: Put, settings: LazySettings, monkeypatch: pytest.MonkeyPatch
) -> None:
    put("a", "b")
    with monkeypatch.context() as patched:
        patched.setattr(Model, "save", _killed)
        with pytest.raises(KeyboardInterrupt):
            compact(store)
    left = (ids_of(store), len(files(settings)))
    assert (left, compact(store), ids_of(store)) == ((["a", "b"], 1), 2, ["a", "b"])


def test_row_and_marks_are_there_together_or_not_at_all(
    store: EventStore, put: Put, parts: Parts, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compaction, "_MARKED", 1)
    put("a", "b")
    with _failing_at_the_second("UPDATE"):
        assert compact(store) == 0
    assert (parts(), Event.objects.filter(part_id=None).count(), ids_of(store)) == ([], 2, ["a", "b"])


def test_what_cannot_be_bundled_holds_up_nothing_else(store: EventStore, put: Put, settings: LazySettings) -> None:
    put("early", at=NOON - timedelta(days=1))
    put("a")
    folder = Path(settings.EVENTS_DIR) / "metrics" / f"environment={HERE}"
    folder.mkdir(parents=True)
    (folder / f"day={NOON - timedelta(days=1):%F}").touch()
    assert (compact(store), ids_of(store)) == (1, ["a", "early"])


def _killed(*_: Any, **__: Any) -> None:
    raise KeyboardInterrupt


def _failing_at_the_second(verb: str) -> Any:
    from django.db import connection

    seen: Iterator[int] = iter(range(100))

    def wrap(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if sql.startswith(verb) and next(seen) == 1:
            raise DatabaseError("the database has gone away")
        return execute(sql, params, many, context)

    return connection.execute_wrapper(wrap)


@pytest.mark.django_db(transaction=True)
def test_two_who_bundle_at_the_same_time(store: EventStore, put: Put, parts: Parts, settings: LazySettings) -> None:
    put(*(f"{number:04}" for number in range(2_000)))
    done = race(lambda: compact(store), lambda: compact(store), lambda: _hold_back(store))
    assert (sorted(done[:2]), len(parts()), len(files(settings))) == ([0, 2_000], 1, 1)
    assert len(ids_of(store)) == len(set(ids_of(store))) == 2_000


def _hold_back(store: EventStore) -> int:
    """Somebody who reads all the while finds each event once."""
    return max(len(ids_of(store)) for _ in range(3))


def test_a_reader_keeps_what_it_saw_first(store: EventStore, put: Put) -> None:
    put("a", "b")
    with store.open() as reading:
        first = ids_in(reading)
        compact(store)
        put("c")
        assert (first, ids_in(reading), ids_in(reading, **only(NOON.date()))) == (["a", "b"],) * 3


def test_events_that_move_while_they_are_looked_at_are_seen_once(
    store: EventStore, put: Put, monkeypatch: pytest.MonkeyPatch
) -> None:
    from experiments.analysis import hot

    put("a", "b")
    rows_of, moved = hot.rows_of, []

    def interrupted(*args: Any) -> Any:
        if not moved:
            moved.append(compact(store))
        return rows_of(*args)

    monkeypatch.setattr(hot, "rows_of", interrupted)
    assert (ids_of(store), moved) == (["a", "b"], [2])


def test_a_part_whose_file_is_gone_is_told(store: ParquetStore, put: Put, parts: Parts) -> None:
    put("a")
    compact(store)
    store.drop(parts()[0])
    with pytest.raises(Exception, match="1 events of 2026-11-20 are missing"):
        ids_of(store)
