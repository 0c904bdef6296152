"""Events of the past out of files: good rows are taken, bad ones told, and nothing is counted twice."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import time_machine
from django.conf import LazySettings
from django.core.management import CommandError, call_command

from accounts.models import Environment, Project
from accounts.tests.racing import race
from experiments.analysis import importing
from experiments.analysis.compaction import compact
from experiments.analysis.schema import Table
from experiments.analysis.stores import EventStore
from experiments.models import Event, EventPart, Experiment, Metric
from experiments.tests.analysis.conftest import NOON, Put, ids_in

PAST = "2026-03-20T12:00:00Z"
HEAD = "type,event_id,experiment,variant,name,value,user_key,timestamp,attributes\n"
SEEN = f"exposure,e1,button-color,control,,,ann,{PAST},\n"
BOUGHT = f"metric,m1,,,bought,12.5,ann,{PAST},\n"

Run = Callable[..., tuple[str, str]]


@pytest.fixture
def run(store: EventStore, project: Project, drafted: Callable[..., Experiment], tmp_path: Path) -> Run:
    """`run(text)` imports it as CSV into staging, where there is an experiment and a metric; what was told."""
    drafted()
    Metric.objects.create(project=project, key="revenue", kind="mean", event="bought")

    def run(given: str | Path, *options: str) -> tuple[str, str]:
        file = given if isinstance(given, Path) else tmp_path / "events.csv"
        if isinstance(given, str):
            file.write_text(given, encoding="utf-8", errors="surrogateescape")
        out, err = StringIO(), StringIO()
        with time_machine.travel(NOON, tick=False):
            call_command("import_events", str(file), "--environment", "staging", *options, stdout=out, stderr=err)
        return out.getvalue().splitlines()[-1], err.getvalue()

    return run


@pytest.fixture
def found(store: EventStore, staging: Environment) -> Callable[..., list[str]]:
    """Ids of everything that a reader finds in staging."""

    def found() -> list[str]:
        with store.open() as reading:
            return [event_id for table in Table.values for event_id in _ids(reading, table, staging.pk)]

    return found


def _ids(reading: Any, table: str, environment_id: UUID) -> list[str]:
    return ids_in(reading, table, environment_id=environment_id)


def test_rows_become_events(run: Run, store: EventStore, staging: Environment) -> None:
    told = run(HEAD + SEEN + f'metric,m1,,,bought,12.5,ann,{PAST},"{{""country"": ""DE""}}"\n')
    with store.open() as reading:
        exposure = reading.exposures(staging.pk).to_pyarrow().to_pylist()[0]
        metric = reading.metric_events(staging.pk).to_pyarrow().to_pylist()[0]
    assert told == ("2 rows: 2 added, 0 known already, 0 rejected.", "")
    assert (exposure["experiment"], exposure["variant"], exposure["flag"]) == ("button-color", "control", "")
    assert (metric["value"], metric["attributes"], metric["user_key"]) == (12.5, '{"country":"DE"}', "ann")
    assert (metric["at"], metric["received_at"]) == (datetime.fromisoformat(PAST), NOON)


def test_the_same_file_again_changes_nothing(run: Run, found: Callable[[], list[str]]) -> None:
    text = HEAD + SEEN + BOUGHT + f"metric,,,,bought,,bob,{PAST},\n" + f"metric,m2,,,bought,,ann,{NOON:%FT%TZ},\n"
    first = run(text)
    before = sorted(found())
    assert run(text)[0] == "4 rows: 0 added, 4 known already, 0 rejected."
    assert (first[0], sorted(found())) == ("4 rows: 4 added, 0 known already, 0 rejected.", before)


def test_an_id_that_is_there_twice_is_taken_once(run: Run, found: Callable[[], list[str]]) -> None:
    assert run(HEAD + BOUGHT + BOUGHT + BOUGHT.replace("metric,m1", "metric,m2"))[0].startswith("3 rows: 2 added, 1 ")
    assert found() == ["m1", "m2"]


def test_what_was_sent_before_is_known_wherever_it_lies(
    run: Run, put: Put, store: EventStore, staging: Environment
) -> None:
    at = datetime.fromisoformat(PAST)
    put("m1", at=at, environment_id=staging.pk)
    compact(store, now=NOON)
    put("m2", at=at, environment_id=staging.pk)
    assert run(HEAD + BOUGHT + BOUGHT.replace("m1", "m2"))[0] == "2 rows: 0 added, 2 known already, 0 rejected."


def test_recent_events_go_through_the_intake(run: Run, found: Callable[[], list[str]]) -> None:
    rows = [
        BOUGHT.replace("m1", f"m{days}").replace(PAST, (NOON - timedelta(days=days)).isoformat())
        for days in (0, 13, 15)
    ]
    run(HEAD + "".join(rows))
    assert (sorted(Event.objects.values_list("event_id", flat=True)), found()) == (["m0", "m13"], ["m0", "m13", "m15"])


def test_bad_rows_are_told_by_line_and_good_ones_kept(run: Run, found: Callable[[], list[str]]) -> None:
    bad = [
        "metric,b1,,,bought,much,ann,2026-03-20T12:00:00Z,",
        "metric,b2,,,bought,nan,ann,2026-03-20T12:00:00Z,",
        "metric,b3,,,bought,1,ann,,",
        "metric,b4,,,bought,1,ann,yesterday,",
        "metric,b5,,,bought,1,ann,2026-11-20T12:11:00Z,",
        "metric,b6,,,bought,1,ann,2025-01-01T12:00:00Z,",
        "metric,b7,,,bought,1,,2026-03-20T12:00:00Z,",
        "metric,b8,,,bought,1,ann,2026-03-20T12:00:00Z,[]",
        "click,b9,,,bought,1,ann,2026-03-20T12:00:00Z,",
        "metric,b10,,,bought,1,ann,2026-03-20T12:00:00Z,,,more",
        "metric,b11,,,bought,1,\udcff,2026-03-20T12:00:00Z,",
        f"metric,{'b' * 101},,,bought,1,ann,2026-03-20T12:00:00Z,",
    ]
    told, reasons = run(HEAD + "\n".join(bad) + "\n" + BOUGHT)
    assert told == "13 rows: 1 added, 0 known already, 12 rejected."
    assert [line.partition(":")[0] for line in reasons.splitlines()] == [f"line {number}" for number in range(2, 14)]
    assert "value must be a number" in reasons
    assert "future" in reasons
    assert "EVENTS_DAYS" in reasons
    assert found() == ["m1"]


def test_only_the_first_bad_rows_are_told(run: Run) -> None:
    told, reasons = run(HEAD + "click,,,,,,,,\n" * 30)
    assert (told, len(reasons.splitlines())) == ("30 rows: 0 added, 0 known already, 30 rejected.", 21)


UNKNOWN = (SEEN + SEEN.replace("e1", "e2")).replace("button-color", "moon") + BOUGHT.replace("bought", "sold")


def test_names_that_nobody_made_are_told_once_each(run: Run, found: Callable[[], list[str]]) -> None:
    told, reasons = run(HEAD + UNKNOWN)
    assert told == "3 rows: 0 added, 0 known already, 3 rejected."
    assert (reasons.count("\n"), "2 rows: There is no experiment moon" in reasons, found()) == (2, True, [])


def test_unknown_names_can_be_let_in(run: Run, found: Callable[[], list[str]]) -> None:
    told, reasons = run(HEAD + UNKNOWN, "--allow-unknown")
    assert (told, "moon" in reasons, found()) == (
        "3 rows: 3 added, 0 known already, 0 rejected.",
        True,
        ["e1", "e2", "m1"],
    )


def test_dry_run_says_the_same_and_writes_nothing(run: Run, found: Callable[[], list[str]]) -> None:
    told, _ = run(HEAD + SEEN + BOUGHT + BOUGHT, "--dry-run")
    assert (told, found()) == ("3 rows: 2 would be added, 1 known already, 0 rejected.", [])
    assert (Event.objects.count(), EventPart.objects.count()) == (0, 0)


def test_columns_of_other_names_and_of_no_name(run: Run, store: EventStore, staging: Environment) -> None:
    text = "uid,ts,name,value,country,variant\n7,1774008000000,bought,3,DE,red\n"
    run(text, "--kind", "metrics", "--map", "uid=user_key", "ts=timestamp")
    with store.open() as reading:
        (event,) = reading.metric_events(staging.pk).to_pyarrow().to_pylist()
    assert (event["user_key"], event["at"], event["value"]) == ("7", datetime(2026, 3, 20, 12, tzinfo=UTC), 3.0)
    assert event["attributes"] == '{"country":"DE","variant":"red"}'


def test_parquet_keeps_types(run: Run, store: EventStore, staging: Environment, tmp_path: Path) -> None:
    row = {"type": "metric", "name": "bought", "value": Decimal("0.10"), "user_key": 42, "event_id": "p1"}
    row |= {"timestamp": datetime(2026, 3, 20, 12), "age": 30, "vip": True, "attributes": {"country": "DE"}}
    file = tmp_path / "events.parquet"
    pq.write_table(pa.Table.from_pylist([row, row | {"event_id": "p2", "value": None}]), file)
    run(file)
    with store.open() as reading:
        events = reading.metric_events(staging.pk).order_by("event_id").to_pyarrow().to_pylist()
    assert [(event["value"], event["user_key"]) for event in events] == [(0.1, "42"), (None, "42")]
    assert events[0]["attributes"] == '{"age":30,"country":"DE","vip":true}'
    assert events[0]["at"] == datetime(2026, 3, 20, 12, tzinfo=UTC)


def test_keys_of_a_parquet_map_may_be_numbers(run: Run, found: Callable[[], list[str]], tmp_path: Path) -> None:
    kinds = {"type": pa.string(), "name": pa.string(), "user_key": pa.string(), "event_id": pa.string()}
    schema = pa.schema([*kinds.items(), ("timestamp", pa.string()), ("attributes", pa.map_(pa.int64(), pa.string()))])
    row = {"type": "metric", "name": "bought", "user_key": "ann", "event_id": "p1", "timestamp": PAST}
    file = tmp_path / "events.parquet"
    pq.write_table(pa.Table.from_pylist([row | {"attributes": [(1, "a")]}], schema=schema), file)
    run(file)
    assert found() == ["p1"]


def test_what_is_imported_counts_as_stored_when_its_day_is(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not when the import began: a report that was made meanwhile has to know that it lacks them."""
    stored_at = NOON + timedelta(hours=1)
    monkeypatch.setattr(importing, "timezone", SimpleNamespace(now=lambda: stored_at))
    recent = SEEN.replace(PAST, NOON.isoformat()).replace("e1", "e2")
    run(HEAD + SEEN + recent)
    assert EventPart.objects.get().received_until == stored_at
    assert Event.objects.get().received_at == stored_at


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--environment", "moon"], "There is no environment moon"),
        (["--map", "uid=user_key"], "has no column uid. Its columns are type,"),
        (["--map", "name=value"], "Two columns of"),
        (["--map", "uid"], "write COLUMN=NAME"),
    ],
)
def test_what_cannot_be_done_at_all_is_said(run: Run, options: list[str], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        run(HEAD + BOUGHT, *options)


@pytest.mark.parametrize("name", ["none.csv", "none.parquet", "text.parquet"])
def test_files_that_cannot_be_read(run: Run, tmp_path: Path, name: str) -> None:
    (tmp_path / "text.parquet").write_text("no parquet at all, but long enough to have a foot")
    with pytest.raises(CommandError, match="cannot be read"):
        run(tmp_path / name)


@pytest.mark.django_db(transaction=True)
def test_two_imports_of_the_same_file_at_the_same_time(
    store: EventStore, run: Run, found: Callable[[], list[str]], tmp_path: Path, settings: LazySettings
) -> None:
    text = HEAD + "".join(BOUGHT.replace("m1", f"m{number:03}") for number in range(200))
    (tmp_path / "same.csv").write_text(text)
    race(lambda: run(tmp_path / "same.csv"), lambda: run(tmp_path / "same.csv"))
    assert found() == [f"m{number:03}" for number in range(200)]
    assert len(list(Path(settings.EVENTS_DIR).rglob("*.parquet"))) == 1


def test_large_days_become_several_parts(
    run: Run, found: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importing, "PART_ROWS", 2)
    run(HEAD + "".join(BOUGHT.replace("m1", f"m{number}") for number in range(5)))
    assert (sorted(EventPart.objects.values_list("rows", flat=True)), len(found())) == ([1, 2, 2], 5)
