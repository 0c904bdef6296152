"""Events become rows once, in one statement, and an event that the database refuses costs no other."""

from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from uuid import uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from experiments.events import keeping
from experiments.events.instants import DAY
from experiments.events.items import Item
from experiments.events.rows import store
from experiments.models import Event
from experiments.tests.events.given import NOW, exposure, item, purchase

LATER = datetime(2026, 3, 20, 12, 1, tzinfo=UTC)


def purchases(count: int) -> list[Item]:
    return [item(purchase(event_id=f"e-{at}", user_key=f"user-{at}")) for at in range(count)]


@pytest.mark.django_db
def test_a_row_says_what_the_event_said() -> None:
    given = purchase(event_id="a", attributes={"city": "Zürich \"☃\" 'x' \\ %s"}, timestamp=NOW / 1e6 + 0.25)
    found = item(given, environment_id=uuid4())
    store([found], now=LATER)
    row = Event.objects.get()
    assert (str(row.environment_id), row.event_id, row.kind, row.name) == (found[0], "a", "metric", "purchase")
    assert (row.variant, row.user_key, row.value, row.attributes) == ("", "user-1", 12.5, found.attributes)
    assert (row.day, row.received_at, row.part_id) == (date(2026, 3, 20), LATER, None)
    assert row.at == datetime(2026, 3, 20, 12, 0, 0, 250_000, tzinfo=UTC)


@pytest.mark.django_db(transaction=True)
def test_events_are_stamped_when_their_turn_to_be_written_has_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's one writer has it from the beginning of its transaction."""
    found = []

    def now() -> datetime:
        found.append(connection.in_atomic_block)
        return LATER

    monkeypatch.setattr(keeping, "timezone", SimpleNamespace(now=now))
    keeping.stored([item(purchase())], is_judged=True)
    assert found == [connection.vendor == "sqlite"]
    assert Event.objects.get().received_at == LATER


@pytest.mark.django_db
def test_instants_are_compared_as_django_compares_them() -> None:
    store([item(purchase())], now=LATER)
    noon = LATER - timedelta(minutes=1)
    assert Event.objects.filter(at=noon, at__gte=noon, received_at__lte=LATER).count() == 1


@pytest.mark.django_db
def test_only_what_is_new_is_told_and_that_in_one_statement() -> None:
    first, more = purchases(3), purchases(2_000)
    assert store(first, now=LATER) == ({each[:3] for each in first}, set())
    with CaptureQueriesContext(connection) as statements:
        new, _ = store([*more, *more[:3]][::-1], now=LATER)
    assert len(new) == 1_997
    assert Event.objects.count() == 2_000
    assert len(statements) == 2  # the three further ones are in one of their own


@pytest.mark.django_db
def test_the_same_id_elsewhere_or_on_another_day_is_another_event() -> None:
    one = item(exposure(event_id="a"))
    others = [item(exposure(event_id="a"), now=NOW + DAY), item(exposure(event_id="a"), environment_id=uuid4())]
    assert len(store([one, *others, one], now=LATER)[0]) == 3


@pytest.mark.django_db(transaction=True)
def test_an_event_that_the_database_refuses_costs_no_other() -> None:
    many = purchases(100)
    bad = many[17]._replace(name=None)
    new, refused = store([*many[:17], bad, *many[18:]], now=LATER)
    assert refused == {bad[:3]}
    assert Event.objects.count() == len(new) == 99
