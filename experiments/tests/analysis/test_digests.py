"""A digest says which events these are, whatever their order and wherever they lie."""

from datetime import timedelta
from typing import Any

import pyarrow as pa
import pytest

from experiments.analysis import digests
from experiments.analysis.compaction import compact
from experiments.analysis.schema import Table, columns_of
from experiments.analysis.stores import EventStore
from experiments.tests.analysis.conftest import EVENING, HERE, NOON, Put

ROW: dict[str, Any] = {
    "event_id": "a",
    "environment_id": str(HERE),
    "day": NOON.date(),
    "at": NOON,
    "received_at": NOON,
    "name": "bought",
    "value": 12.5,
    "user_key": "ann",
    "attributes": "",
    "experiment": "e",
    "flag": "",
    "variant": "red",
}


def rows(*changes: dict[str, Any], table: str = Table.METRICS) -> pa.Table:
    return pa.Table.from_pylist([ROW | change for change in changes], schema=columns_of(table))


def digest(*changes: dict[str, Any], table: str = Table.METRICS) -> str:
    return digests.digest_of_rows(rows(*changes, table=table), table)


@pytest.mark.parametrize(("order", "cut"), [("dbafec", 0), ("fedcba", 1), ("abcdef", 4)])
def test_order_and_bundles_do_not_matter(order: str, cut: int) -> None:
    events = [{"event_id": event_id, "value": ord(event_id) / 7} for event_id in order]
    bundles = [digest(*events[:cut]), digest(*events[cut:])]
    assert digests.add_up(bundles) == digest(*sorted(events, key=lambda event: event["event_id"]))


@pytest.mark.parametrize(
    "other",
    [
        {"event_id": "b"},
        {"at": NOON + timedelta(microseconds=1)},
        {"name": "sold"},
        {"value": 12.500000000000002},
        {"value": None},
        {"user_key": "bob"},
        {"attributes": "{}"},
        {"event_id": "a:6", "name": "bought"},
    ],
)
def test_any_difference_shows(other: dict[str, Any]) -> None:
    assert digest(other) != digest({})


@pytest.mark.parametrize("other", [{"experiment": "f"}, {"experiment": "", "flag": "e"}, {"variant": "blue"}])
def test_exposures_differ_by_what_was_seen(other: dict[str, Any]) -> None:
    assert digest(other, table=Table.EXPOSURES) != digest({}, table=Table.EXPOSURES)


def test_zero_is_not_nothing() -> None:
    assert len({digest({"value": value}) for value in (0.0, None, float("inf"))}) == 3


def test_digests_stay_what_they_were() -> None:
    """Reports carry them: another way to compute them would make all of those look as if events were missing."""
    assert (digest({}), digest({}, table=Table.EXPOSURES)) == ("1-cea8fbabf4c728bc", "1-32926dafeaeb30c0")


def test_no_events_have_a_digest_too() -> None:
    assert digest() == digests.NOTHING == digests.add_up([])


def test_sums_wrap_around() -> None:
    assert digests.add_up(["1-ffffffffffffffff", "2-0000000000000003"]) == "3-0000000000000002"


def test_what_was_stored_later_can_be_left_out(store: EventStore, put: Put) -> None:
    later = NOON + timedelta(minutes=5)
    put("a")
    put("e", kind="exposure")
    with store.open() as reading:
        early = reading.digest(HERE)
    put("b", received_at=later)
    told = []
    for _ in range(2):
        with store.open() as reading:
            told.append((reading.digest(HERE, received_until=NOON), reading.digest(HERE)))
        compact(store, now=EVENING)
    assert told[0] == told[1]
    assert (told[0][0], digests.rows_in(told[0][1])) == (early, 3)


def test_digest_of_some_days(store: EventStore, put: Put) -> None:
    put("a", at=NOON - timedelta(days=1))
    put("b")
    with store.open() as reading:
        today, all_days = (reading.digest(HERE, days) for days in ((NOON.date(), NOON.date()), None))
    assert (digests.rows_in(today), digests.rows_in(all_days)) == (1, 2)
