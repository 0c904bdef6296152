"""One change: a transaction, who makes it, every row it wrote, and the moment when it is complete.

Services open a change; a row that is saved outside of one (a shell, a script) opens its own. When the outermost change
has written all of its rows, and before it commits, `closing` is sent once: audit and publishing write theirs then, so
that an edit, its audit entry and its revision commit together or not at all.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import models, transaction
from django.dispatch import Signal

closing = Signal()  # kwargs: change


@dataclass(frozen=True, slots=True)
class Place:
    """Where a row stands, in the words that history uses: `subject` is its kind, `key` its name in the project."""

    subject: str
    key: str
    project: str = ""
    environment: str = ""


@dataclass(slots=True)
class Write:
    """One row written: `before` and `after` are its column values, None where the row did not exist.

    `place` was found when the row was written: what it hangs on may be deleted in the same change.
    """

    row: models.Model
    place: Place
    before: dict[str, Any] | None
    after: dict[str, Any] | None
    by: models.Model | None

    @property
    def row_id(self) -> Any:
        """The row's id, which Django takes from a row that it deletes."""
        return (self.after or self.before or {})["id"]

    @property
    def action(self) -> str:
        if self.before is None:
            return "create"
        return "delete" if self.after is None else "update"


@dataclass(slots=True)
class Change:
    """What is being written in this transaction, and by whom (None: the system or somebody at a shell)."""

    by: models.Model | None
    writes: list[Write] = field(default_factory=list)


_open: ContextVar[Change | None] = ContextVar("open_change", default=None)


@contextmanager
def change(*, by: models.Model | None = None) -> Iterator[Change]:
    """Open a change, or join the one that is open; `by` names the actor of what is written inside."""
    outer = _open.get()
    if outer is not None:
        yield from _joined(outer, by)
        return
    opened = Change(by)
    token = _open.set(opened)
    try:
        with transaction.atomic():
            yield opened
            closing.send(Change, change=opened)
    finally:
        _open.reset(token)


@contextmanager
def attempt() -> Iterator[None]:
    """A part of the open change that may be refused alone: what it wrote is taken back, the rest stands."""
    opened = _open.get()
    if opened is None:
        raise RuntimeError("There is no change to be a part of: open one with change()")
    begun = len(opened.writes)
    try:
        with transaction.atomic():
            yield
    except BaseException:
        del opened.writes[begun:]
        raise


def record(row: models.Model, place: Place, *, before: dict[str, Any] | None, after: dict[str, Any] | None) -> None:
    """Note a row that was written; only inside a change."""
    opened = _open.get()
    if opened is None:
        raise RuntimeError(f"{type(row).__name__} was written outside of a change: use its save() or delete()")
    opened.writes.append(Write(row, place, before, after, opened.by))


def _joined(outer: Change, by: models.Model | None) -> Iterator[Change]:
    actor = outer.by
    outer.by = by or actor
    try:
        yield outer
    finally:
        outer.by = actor
