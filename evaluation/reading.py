"""What the database says is published: which environments there are, at which revision, and the documents of each."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

from django.db.models import Count, Max, OuterRef, QuerySet, Subquery, Sum
from django.utils import timezone

from accounts.models import ApiKey, Environment
from accounts.queries import usable_keys
from evaluation.known_keys import KnownKey
from evaluation.models import Head, Publication
from evaluation.snapshot import Address
from flags.kinds import Name

_BEGINNING = datetime(1970, 1, 1, tzinfo=UTC)


class Position(NamedTuple):
    """Where an environment stands: in which epoch, at which revision, and when that was written (see `epochs`)."""

    epoch: int = 0
    revision: int = 0
    mark: int = 0


def addresses() -> list[tuple[Address, Position]]:
    """Every environment with its position; one that was never published stands at revision 0."""
    positions = {str(head.environment_id): _position(head) for head in _heads()}
    keys = _keys()
    return [
        (
            Address(str(e.pk), e.project.key, e.key, e.name, e.allows_keyless, keys.get(str(e.pk), {})),
            positions.get(str(e.pk), Position()),
        )
        for e in Environment.objects.select_related("project")
    ]


def _keys() -> Mapping[str, Mapping[str, KnownKey]]:
    """The keys of each environment that are good now; doors look whether one has expired since."""
    found: Mapping[str, dict[str, KnownKey]] = defaultdict(dict)
    for key in usable_keys(timezone.now()).order_by():
        expires_at = key.expires_at.timestamp() if key.expires_at else None
        known = KnownKey(key.key_hash, key.kind, tuple(key.allowed_origins), key.rate_limit, expires_at)
        found[str(key.environment_id)][known.hash] = known
    return found


def keys_state() -> tuple[Any, ...]:
    """Something that is different after any key was issued, changed, revoked or deleted, or has expired.

    Clocks of processes differ, so the newest instant alone would miss a change; the versions count every save.
    """
    saved = ApiKey.objects.order_by().aggregate(Count("pk"), Sum("version"), Max("updated_at"))
    return *saved.values(), usable_keys(timezone.now()).count()


def position(environment_id: str) -> Position:
    head = _heads().filter(environment_id=environment_id).first()
    return _position(head) if head else Position()


def mark_of(environment_id: str, revision: int) -> int:
    """When this revision was written, in microseconds since 1970; 0 where the database has no such revision."""
    return _mark(_written_at().filter(environment_id=environment_id, revision=revision).first())


def texts_at(environment_id: str, revision: int, *, keys: Collection[str] | None = None) -> dict[Name, str | None]:
    """Every document of the environment, or those of these keys, as of this revision: the newest row up to it each."""
    rows = Publication.objects.filter(environment_id=environment_id, revision__lte=revision)
    if keys is not None:
        rows = rows.filter(key__in=keys)
    same = rows.filter(kind=OuterRef("kind"), key=OuterRef("key")).order_by()
    latest = same.values("kind", "key").annotate(n=Max("revision")).values("n")
    found = rows.filter(revision=Subquery(latest)).values_list("kind", "key", "document")
    return {(kind, key): text for kind, key, text in found if text is not None}


def texts_between(environment_id: str, after: int, upto: int) -> dict[Name, str | None]:
    """What changed after one revision up to another: the newest text of each document, None where it was taken away."""
    rows = Publication.objects.filter(environment_id=environment_id, revision__gt=after, revision__lte=upto)
    changes = rows.order_by("revision").values_list("kind", "key", "document")
    return {(kind, key): text for kind, key, text in changes}


def _heads() -> QuerySet[Head]:
    newest = _written_at().filter(environment_id=OuterRef("environment_id"), revision=OuterRef("revision"))
    return Head.objects.annotate(written_at=Subquery(newest[:1]))


def _written_at() -> "QuerySet[Publication, datetime]":
    """The instants of revisions: of several rows the first by kind and key speaks, which no later change moves."""
    return Publication.objects.order_by("kind", "key").values_list("at", flat=True)


def _position(head: Head) -> Position:
    return Position(head.epoch, head.revision, _mark(head.written_at))  # type: ignore[attr-defined]


def _mark(at: datetime | None) -> int:
    return (at - _BEGINNING) // timedelta(microseconds=1) if at else 0
