"""While the database is away events are kept on disk, and reach it once when it is back."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from django.db import connection

from experiments.events.draining import Drainer
from experiments.events.items import Item
from experiments.events.keeping import ACCEPTED, DUPLICATE, Keeper, NotKept
from experiments.events.spool import Spool, size_of
from experiments.models import Event
from experiments.tests.events.given import exposure, item, purchase

pytestmark = pytest.mark.django_db(transaction=True)


@contextmanager
def database_away() -> Iterator[None]:
    """As far as events are concerned."""
    with connection.cursor() as cursor:
        cursor.execute("ALTER TABLE experiments_event RENAME TO elsewhere")
    try:
        yield
    finally:
        with connection.cursor() as cursor:
            cursor.execute("ALTER TABLE elsewhere RENAME TO experiments_event")


def some(place: str, *ids: str) -> list[Item]:
    return [item(exposure(event_id=each), environment_id=place) for each in ids]


def test_what_came_meanwhile_is_stored_once(keeper: Keeper, place: str) -> None:
    assert keeper.keep(some(place, "a", "b"), is_judged=True) == [ACCEPTED] * 2
    drainer = Drainer(keeper)
    with database_away():
        assert keeper.keep(some(place, "b", "c"), is_judged=True) == [ACCEPTED] * 2
        assert not drainer.drain()
        assert keeper.is_away
        keeper.keep(some(place, "c", "d"), is_judged=True)
    assert drainer.drain()
    assert not keeper.is_away
    assert sorted(Event.objects.values_list("event_id", flat=True)) == ["a", "b", "c", "d"]
    assert size_of(keeper.spool.folder) == 0
    assert keeper.keep(some(place, "d", "e", "e"), is_judged=True) == [DUPLICATE, ACCEPTED, DUPLICATE]


def test_what_a_process_that_died_left_is_stored(keeper: Keeper, place: str) -> None:
    keeper.note("the database is away")
    keeper.keep(some(place, "a"), is_judged=True)
    keeper.spool.seal()  # as the end of its process does
    assert Drainer(Keeper(Spool(keeper.spool.folder, most=1))).drain()
    assert Event.objects.count() == 1


def test_names_that_nobody_could_look_up_are_judged_before_they_are_stored(keeper: Keeper, place: str) -> None:
    keeper.note("the database is away")
    items = [*some(place, "a"), item(purchase(name="nothing"), environment_id=place)]
    assert keeper.keep(items, is_judged=False) == [ACCEPTED] * 2
    assert Drainer(keeper).drain()
    assert [event.event_id for event in Event.objects.all()] == ["a"]
    assert keeper.keep(items, is_judged=False)[0] == DUPLICATE


def test_without_room_on_the_disk_nothing_is_taken(keeper: Keeper, place: str) -> None:
    without = Keeper(Spool(keeper.spool.folder, most=0))
    with database_away(), pytest.raises(NotKept):
        without.keep(some(place, "a"), is_judged=True)
    assert not without.can_keep
    assert Drainer(without).drain()
    assert without.can_keep
