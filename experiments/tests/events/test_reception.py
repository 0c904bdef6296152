"""A request hears of each of its events what became of it, once it is durable."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import OperationalError

from experiments.events.intake import Batch, Intake, PushedBack
from experiments.events.items import Item, Rejected
from experiments.events.keeping import Keeper, NotKept, Verdict
from experiments.events.lookup import Lookup
from experiments.events.names import Names
from experiments.events.reception import Receipt, Reception
from experiments.models import Event, Experiment
from experiments.tests.events.given import NOW, exposure, item, purchase

Receive = Callable[..., list[tuple[str | None, str]]]


@pytest.fixture
def receive(keeper: Keeper, place: str) -> Iterator[Receive]:
    """What is told of each event: its status, or the code of its refusal."""
    intake = Intake(keeper)
    intake.start()
    reception = Reception(intake, Lookup(between=0))

    def told(*given: Any) -> list[tuple[str | None, str]]:
        found = asyncio.run(reception.receive(given, Receipt(place, NOW)))
        return [(each, it.code if isinstance(it, Rejected) else it) for each, it in found]

    yield told
    intake.stop()


@pytest.mark.django_db(transaction=True)
def test_each_event_is_told_in_its_place(receive: Receive, drafted: Callable[..., Experiment]) -> None:
    first = receive(exposure(event_id="a"), exposure(event_id="x", variant="none"), exposure(event_id="a"), 3)
    assert first == [("a", "accepted"), ("x", "unknown_variant"), ("a", "duplicate"), (None, "not_an_object")]
    drafted("fresh")
    again = receive(
        exposure(event_id="a"), exposure(event_id="b", experiment="fresh"), purchase(event_id="p", name="x")
    )
    assert again == [("a", "duplicate"), ("b", "accepted"), ("p", "unknown_metric_event")]


@pytest.mark.django_db(transaction=True)
def test_one_bad_event_costs_none_of_999_good_ones(receive: Receive) -> None:
    given: list[Any] = [purchase(event_id=f"e-{at}") for at in range(1_000)]
    given[500] = purchase(event_id="bad", value="much")
    told = receive(*given)
    assert [status for _, status in told].count("accepted") == Event.objects.count() == 999
    assert told[500] == ("bad", "invalid")
    assert receive() == []


class Slow(Keeper):
    """A database that answers when it is told to."""

    def __init__(self, keeper: Keeper) -> None:
        super().__init__(keeper.spool)
        self.begun, self.go_on = threading.Event(), threading.Event()
        self.bundles: list[int] = []

    def keep(self, items: Any, *, is_judged: bool) -> list[Verdict]:
        self.begun.set()
        self.go_on.wait(10)
        self.bundles.append(len(items))
        if items[0].event_id == "unlucky":
            raise NotKept
        if items[0].event_id == "impossible":
            raise RuntimeError("this is a mistake of ours")
        return ["accepted"] * len(items)


def some(count: int, name: str = "e") -> list[Item]:
    return [item(purchase(event_id=name))] * count


@pytest.fixture
def slow(keeper: Keeper) -> Iterator[tuple[Intake, Slow]]:
    kept = Slow(keeper)
    intake = Intake(kept)
    intake.start()
    yield intake, kept
    kept.go_on.set()
    intake.stop()


def test_who_comes_while_too_much_waits_is_sent_away(slow: tuple[Intake, Slow]) -> None:
    intake, kept = slow
    intake.put(Batch(some(1_000)))
    assert kept.begun.wait(10)
    for _ in range(20):
        intake.put(Batch(some(1_000)))
    with pytest.raises(PushedBack):
        intake.put(Batch(some(1)))


def test_who_comes_while_the_database_takes_long_is_sent_away(slow: tuple[Intake, Slow]) -> None:
    intake, kept = slow
    intake.put(Batch(some(1_000), at=0.0))  # long ago
    assert kept.begun.wait(10)
    with pytest.raises(PushedBack):
        intake.put(Batch(some(1)))


def test_what_waits_is_stored_together_and_before_the_end(slow: tuple[Intake, Slow]) -> None:
    intake, kept = slow
    intake.put(Batch(some(1_000)))
    assert kept.begun.wait(10)
    for _ in range(5):
        intake.put(Batch(some(300)))
    kept.go_on.set()
    intake.stop()
    assert kept.bundles == [1_000, 1_200, 300]
    with pytest.raises(PushedBack):
        intake.put(Batch(some(1)))


@pytest.mark.parametrize("event_id", ["unlucky", "impossible"])
def test_who_waits_hears_that_nothing_was_kept(slow: tuple[Intake, Slow], event_id: str) -> None:
    intake, kept = slow
    kept.go_on.set()
    with pytest.raises(NotKept):
        asyncio.run(intake.keep(some(1, event_id)))
    assert asyncio.run(intake.keep(some(2))) == ["accepted"] * 2


def test_while_the_database_is_away_nobody_waits_for_it_behind_somebody_else() -> None:
    looks: list[str] = []

    def load(environment_id: str) -> Names:
        looks.append(environment_id)
        raise OperationalError("the database is away")

    async def ask() -> list[Names | None]:
        lookup = Lookup(load, between=60)
        return await asyncio.gather(*(lookup.fresh(environment) for environment in ("here", "there", "elsewhere")))

    assert (asyncio.run(ask()), looks) == ([None] * 3, ["here"])


def test_all_who_ask_for_fresh_names_share_one_look() -> None:
    looks: list[str] = []

    def load(environment_id: str) -> Names:
        looks.append(environment_id)
        return Names(events=frozenset({str(len(looks))}))

    async def ask() -> list[Names | None]:
        lookup = Lookup(load, between=0.01)
        assert lookup.held("here") is None
        first = await asyncio.gather(*(lookup.fresh("here") for _ in range(10)))
        return [*first, await lookup.fresh("here"), lookup.held("here")]

    found = asyncio.run(ask())
    assert [each.events for each in found if each] == [{"1"}] * 10 + [{"2"}] * 2
