"""What becomes of the events that a request brings: read, judged by known names, kept, and told one by one."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from experiments.events.counts import counts
from experiments.events.intake import Intake
from experiments.events.items import Item, Rejected, id_of, read_item
from experiments.events.keeping import Verdict
from experiments.events.lookup import Lookup
from experiments.events.names import Names, judge

FEW = 20  # events that are read before evaluations have their turn; a thread would take it from them for longer

Told = tuple[str | None, Verdict]  # the event's id, where it has one, and what became of it
Read = Item | Rejected


@dataclass(frozen=True, slots=True)
class Receipt:
    """Where events come from, and when; in microseconds since 1970. `is_plain`: see `read_item`."""

    environment_id: str
    now: int
    is_plain: bool = True


class Reception:
    """Takes the events of all requests of a process."""

    def __init__(self, intake: Intake, lookup: Lookup | None = None) -> None:
        self._intake, self._lookup = intake, lookup or Lookup()

    async def receive(self, given: Sequence[object], receipt: Receipt) -> list[Told]:
        """In the order of the events. Raises PushedBack or NotKept, after which all of them may be sent again."""
        names = self._lookup.held(receipt.environment_id)
        is_fresh = names is None
        if names is None:
            names = await self._lookup.fresh(receipt.environment_id)
        items, verdicts = await _read(given, receipt, names)
        doubtful = [] if is_fresh else _doubtful(items, verdicts)
        good = [at for at, verdict in enumerate(verdicts) if verdict is None]
        keeping = self._keep(good, items, verdicts, is_judged=names is not None)
        if doubtful:
            await asyncio.gather(keeping, self._look_again(doubtful, items, verdicts, receipt.environment_id))
        else:
            await keeping
        return _told(given, items, verdicts)

    async def _look_again(
        self, places: list[int], items: list[Read], verdicts: list[Verdict | None], environment_id: str
    ) -> None:
        """A name that is not known may be new: what the database says of it decides, when it says something."""
        names = await self._lookup.fresh(environment_id)
        for at in places:
            item = items[at]
            assert isinstance(item, Item)
            verdicts[at] = None if names is None else judge(item, names)
        good = [at for at in places if verdicts[at] is None]
        await self._keep(good, items, verdicts, is_judged=names is not None)

    async def _keep(
        self, places: list[int], items: list[Read], verdicts: list[Verdict | None], *, is_judged: bool
    ) -> None:
        chosen = [item for at in places if isinstance(item := items[at], Item)]
        kept = await self._intake.keep(chosen, is_judged=is_judged)
        for at, verdict in zip(places, kept, strict=True):
            verdicts[at] = verdict


async def _read(
    given: Sequence[object], receipt: Receipt, names: Names | None
) -> tuple[list[Read], list[Verdict | None]]:
    """Each event, and why it is not taken; nothing yet of those that are, or whose names nobody knows."""
    items: list[Read] = []
    verdicts: list[Verdict | None] = []
    for start in range(0, len(given), FEW):
        if start:
            await asyncio.sleep(0)
        read = [_item(each, receipt) for each in given[start : start + FEW]]
        items += read
        verdicts += [_first_verdict(item, names) for item in read]
    return items, verdicts


def _item(given: object, receipt: Receipt) -> Read:
    try:
        return read_item(given, environment_id=receipt.environment_id, now=receipt.now, is_plain=receipt.is_plain)
    except Rejected as rejected:
        return rejected


def _first_verdict(item: Read, names: Names | None) -> Rejected | None:
    if isinstance(item, Rejected):
        return item
    return None if names is None else judge(item, names)


def _doubtful(items: list[Read], verdicts: list[Verdict | None]) -> list[int]:
    """Where events stand that can be read and name something unknown."""
    return [at for at, item in enumerate(items) if verdicts[at] is not None and isinstance(item, Item)]


def _told(given: Sequence[object], items: list[Read], verdicts: list[Verdict | None]) -> list[Told]:
    found: list[Told] = []
    for each, item, verdict in zip(given, items, verdicts, strict=True):
        assert verdict is not None
        found.append((item.event_id if isinstance(item, Item) else id_of(each), verdict))
    counts.events["rejected"] += sum(isinstance(verdict, Rejected) for verdict in verdicts)
    return found
