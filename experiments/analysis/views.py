"""What is there to be read of an environment at one instant: its parts, and the rows that lie in none yet."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

import pyarrow as pa

from experiments.analysis import hot
from experiments.analysis.schema import Table
from experiments.models import Event, EventPart

_ATTEMPTS = 5


class NeverStill(Exception):
    """Events of an environment moved into parts whenever they were read."""

    def __init__(self, environment_id: UUID) -> None:
        super().__init__(f"Events of environment {environment_id} are on the move all the time; try again later.")


@dataclass(frozen=True, slots=True)
class View:
    """Parts and hot rows of one environment, each event once."""

    parts: tuple[EventPart, ...]
    hot: Mapping[str, pa.Table]  # by table

    def parts_of(self, table: str) -> tuple[EventPart, ...]:
        return tuple(part for part in self.parts if part.table == table)


def take_view(environment_id: UUID) -> View:
    """Look at parts before and after the hot rows are read: when they are the same, nothing moved in between.

    That holds on every database and inside any transaction, and stops nobody from writing.
    """
    parts = _living(environment_id)
    for _ in range(_ATTEMPTS):
        waiting = Event.objects.filter(environment_id=environment_id, part_id=None)
        found = {table: hot.rows_of(waiting, table) for table in Table.values}
        after = _living(environment_id)
        if {part.pk for part in after} == {part.pk for part in parts}:
            return View(parts, found)
        parts = after
    raise NeverStill(environment_id)


def _living(environment_id: UUID) -> tuple[EventPart, ...]:
    found = EventPart.objects.filter(environment_id=environment_id, retired_at=None)
    return tuple(found.order_by("day", "created_at", "pk"))
