"""Events of the past, from a file into the store: each once, whatever lies there already."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from uuid import UUID

import pyarrow as pa
from django.db import transaction
from django.utils import timezone

from accounts.models import Environment
from experiments.analysis.compaction import PART_ROWS, add_part
from experiments.analysis.import_files import Row
from experiments.analysis.import_rows import read_row
from experiments.analysis.retention import KNOWN_FOR, oldest_kept
from experiments.analysis.schema import Table
from experiments.analysis.staging import Staging, staging
from experiments.analysis.stores import EventStore
from experiments.events.items import Item, Rejected
from experiments.events.names import Names, judge, load_names
from experiments.events.rows import store as store_hot
from experiments.models import EventPart

MOST_TOLD = 20  # rejected rows that are told one by one
_TELL_EVERY = 100_000  # rows
_ATTEMPTS = 3
_HOT_ROWS = 2_000  # per statement
Tell = Callable[[str], None]


class StoreKeepsChanging(Exception):
    """Others wrote events of the same day whenever this import was about to."""

    def __init__(self, day: date) -> None:
        super().__init__(
            f"Events of {day} are written by others all the time. Import the file again: what is there stays."
        )


@dataclass(slots=True)
class Outcome:
    """What came of the rows of a file."""

    rows: int = 0
    added: int = 0
    known: int = 0  # there before, or more than once in the file
    rejected: int = 0
    unknown_rejected: int = 0  # of those, for a name alone
    faults: list[tuple[int, str]] = field(default_factory=list)  # line and reason of the first ones
    unknown: Counter[str] = field(default_factory=Counter)  # sentences about names that nobody has made, and rows
    days: list[date] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Import:
    """How rows are taken."""

    environment: Environment
    now: datetime
    kind: str = ""  # type of the rows that name none
    allow_unknown: bool = False
    dry_run: bool = False
    days_kept: int = 0  # 0 for ever


def import_events(rows: Iterable[Row], store: EventStore, *, how: Import, tell: Tell) -> Outcome:
    """Take the rows that can be taken; those of a day are there together, or, after a crash, not at all."""
    outcome = Outcome()
    with staging() as staged:
        for line, item in _readable(rows, outcome, how, tell):
            staged.add(item, line=line)
        staged.flush()
        outcome.days = staged.days()
        for day in outcome.days:
            added = _take(staged, day, store, outcome, how)
            tell(f"{day}: {added:,} events")
    return outcome


def _readable(rows: Iterable[Row], outcome: Outcome, how: Import, tell: Tell) -> Iterator[tuple[int, Item]]:
    names = load_names(str(how.environment.pk))
    oldest = oldest_kept(how.now, how.days_kept) if how.days_kept else None
    for line, cells in rows:
        outcome.rows += 1
        if outcome.rows % _TELL_EVERY == 0:
            tell(f"{outcome.rows:,} rows read")
        try:
            if isinstance(cells, Rejected):
                raise cells
            item = read_row(cells, kind=how.kind, environment_id=str(how.environment.pk), now=how.now, oldest=oldest)
        except Rejected as rejected:
            outcome.rejected += 1
            outcome.faults += [(line, rejected.message)] if len(outcome.faults) < MOST_TOLD else []
            continue
        if _is_known(item, names, outcome) or how.allow_unknown:
            yield line, item
        else:
            outcome.rejected += 1
            outcome.unknown_rejected += 1


def _is_known(item: Item, names: Names, outcome: Outcome) -> bool:
    unknown = judge(item, names)
    if unknown:
        outcome.unknown[unknown.message] += 1
    return unknown is None


def _take(staged: Staging, day: date, store: EventStore, outcome: Outcome, how: Import) -> int:
    """Put the events of a day where they belong; how many are new."""
    for _ in range(_ATTEMPTS):
        before = _parts_of(how.environment.pk, day)
        outcome.known += staged.forget_known(day, _known_ids(store, how.environment.pk, day))
        added: int | None
        if how.dry_run:
            added = sum(len(items) for items in staged.items(day, most=PART_ROWS))
        elif day >= (how.now - KNOWN_FOR).date():
            added = _store_hot(staged, day, outcome, how)
        else:
            added = _store_parts(staged, day, store, how, before)
        if added is not None:
            outcome.added += added
            return added
    raise StoreKeepsChanging(day)


def _known_ids(store: EventStore, environment_id: UUID, day: date) -> Iterator[pa.Table]:
    with store.open() as reading:
        for events in (reading.exposures, reading.metric_events):
            yield events(environment_id, (day, day)).select("event_id").to_pyarrow()


def _store_hot(staged: Staging, day: date, outcome: Outcome, how: Import) -> int:
    """Through the intake, so that the same events are known when they are sent again."""
    added = 0
    for items in staged.items(day, most=_HOT_ROWS):
        new, refused = store_hot(items, now=timezone.now())
        added += len(new)
        outcome.rejected += len(refused)
        outcome.known += len(items) - len(new) - len(refused)
    return added


def _store_parts(staged: Staging, day: date, store: EventStore, how: Import, before: frozenset[UUID]) -> int | None:
    """Straight to where they stay; None, and nothing is written, where somebody else wrote parts of that day."""
    now = timezone.now()  # not when the import began: reports that were made since do not have them
    parts = [
        add_part(store, rows, environment_id=how.environment.pk, table=table, day=day, now=now)
        for table in Table.values
        for rows in staged.rows(day, table, received_at=now, most=PART_ROWS)
    ]
    with transaction.atomic():
        Environment.objects.select_for_update().get(pk=how.environment.pk)  # one import at a time gets this far
        is_unchanged = _parts_of(how.environment.pk, day) == before
        if is_unchanged:
            EventPart.objects.bulk_create(parts)
    if is_unchanged:
        return sum(part.rows for part in parts)
    for part in parts:
        store.drop(part)
    return None


def _parts_of(environment_id: UUID, day: date) -> frozenset[UUID]:
    living = EventPart.objects.filter(environment_id=environment_id, day=day, retired_at=None)
    return frozenset(living.values_list("pk", flat=True))
