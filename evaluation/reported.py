"""Which revisions an environment served between two instants, for the reports about that time."""

from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from evaluation.models import Publication


def revisions_between(environment_id: UUID, begun_at: datetime, ended_at: datetime) -> tuple[int, int]:
    """The one that the change at `begun_at` made, and the last one up to `ended_at`; 0 where there is none.

    A change is published at its end, so its revision is a little later than the instant that it writes.
    """
    published = Publication.objects.filter(environment_id=environment_id)
    last = _revision(published.filter(at__lte=ended_at).order_by("-revision"))
    return _revision(published.filter(at__gte=begun_at).order_by("revision")) or last, last


def _revision(publications: QuerySet[Publication]) -> int:
    return publications.values_list("revision", flat=True).first() or 0
