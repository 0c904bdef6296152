"""What was published in an environment: its revisions, and what each of them changed."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

import orjson
from django.db.models import BooleanField, Count, ExpressionWrapper, Max, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import RowNumber

from accounts.errors import NotFound
from accounts.models import Environment
from evaluation.comparing import Difference, differences
from evaluation.models import Head, Publication
from evaluation.reading import texts_at, texts_between

MOST_CHANGES = 50  # of one revision in a list of them: a new holdout may change thousands of documents
_FEW = 1_000  # documents that are asked for by key; for more of them, reading all costs less
_DIGITS = 18  # more than any revision will have, fewer than Python or a database would stumble over


class RevisionNotFound(NotFound):
    """The environment never had a revision of this number."""

    code = "revision_not_found"


class Deed(StrEnum):
    """What happened to a document."""

    CREATED = "created"
    CHANGED = "changed"
    REMOVED = "removed"


@dataclass(frozen=True, slots=True)
class Change:
    kind: str
    key: str
    change: Deed


@dataclass(frozen=True, slots=True)
class Revision:
    """Of `documents` that were published with it, `changes` holds the first ones by kind and key."""

    version: int
    published_at: datetime | None
    published_by: str | None
    documents: int = 0
    changes: tuple[Change, ...] = ()


@dataclass(frozen=True, slots=True)
class Comparison:
    """One document at two revisions; None where there is none. One that cannot be read stands as its text."""

    kind: str
    key: str
    before: Any
    after: Any

    @property
    def change(self) -> Deed:
        if self.before is None:
            return Deed.CREATED
        return Deed.REMOVED if self.after is None else Deed.CHANGED

    @property
    def differences(self) -> list[Difference]:
        return list(differences(self.before, self.after))


def newest_revision(environment: Environment) -> int:
    """0 where nothing was ever published."""
    return Head.objects.filter(pk=environment.pk).values_list("revision", flat=True).first() or 0


def number_in(environment: Environment, named: str) -> int:
    """The revision that this text names; 0 is the one before the first. Raises RevisionNotFound."""
    newest = newest_revision(environment)
    if named.isascii() and named.isdigit() and len(named) <= _DIGITS and int(named) <= newest:
        return int(named)
    shown = named if len(named) <= _DIGITS else f"{named[:_DIGITS]}…"
    raise RevisionNotFound(f"{environment.key} never had a revision {shown}. Give a whole number from 0 to {newest}.")


def list_revisions(environment: Environment) -> QuerySet[Publication, Any]:
    """Newest first, without what they changed; `with_changes` adds that to those that are shown."""
    rows = Publication.objects.filter(environment_id=environment.pk).order_by().values("revision")
    return rows.annotate(at=Max("at"), by=Max("by"), documents=Count("id")).order_by("-revision")


def with_changes(environment: Environment, rows: Collection[Mapping[str, Any]]) -> list[Revision]:
    """One query, however many there are."""
    changes = _changes_in(environment, [row["revision"] for row in rows])
    return [_revision(row, changes.get(row["revision"], ())) for row in rows]


def find_revision(environment: Environment, number: int) -> Revision:
    """Who published it and when, without what it changed. Nobody published revision 0."""
    row = list_revisions(environment).filter(revision=number).first()
    return _revision(row) if row else Revision(number, None, None)


def compare(environment: Environment, older: int, newer: int) -> list[Comparison]:
    """The documents that are not the same at both revisions, by kind and key."""
    after = texts_between(str(environment.pk), older, newer)
    keys = {key for _, key in after}
    before = texts_at(str(environment.pk), older, keys=keys if len(keys) <= _FEW else None)
    return [
        Comparison(*name, read(before.get(name)), read(after[name]))
        for name in sorted(after)
        if before.get(name) != after[name]
    ]


def read(text: str | None) -> Any:
    """The document that was published as this text; the text itself where it is no JSON."""
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def _revision(row: Mapping[str, Any], changes: Collection[Change] = ()) -> Revision:
    return Revision(row["revision"], row["at"], row["by"], row["documents"], tuple(changes))


def _changes_in(environment: Environment, revisions: Collection[int]) -> dict[int, list[Change]]:
    rows = Publication.objects.filter(environment_id=environment.pk)
    place = Window(RowNumber(), partition_by="revision", order_by=["kind", "key"])
    first = rows.filter(revision__in=revisions).annotate(place=place).filter(place__lte=MOST_CHANGES)
    there = ExpressionWrapper(Q(document__isnull=False), BooleanField())
    earlier = rows.filter(kind=OuterRef("kind"), key=OuterRef("key"), revision__lt=OuterRef("revision"))
    stood = earlier.order_by("-revision").annotate(there=there).values("there")[:1]
    found = first.annotate(there=there, stood=Subquery(stood)).order_by("revision", "kind", "key")
    changes: dict[int, list[Change]] = {}
    for revision, kind, key, there, stood in found.values_list("revision", "kind", "key", "there", "stood"):
        if there or stood:  # else it came and went in one transaction
            changes.setdefault(revision, []).append(Change(kind, key, _deed(there, stood)))
    return changes


def _deed(is_there: bool, stood: bool | None) -> Deed:
    if not is_there:
        return Deed.REMOVED
    return Deed.CHANGED if stood else Deed.CREATED
