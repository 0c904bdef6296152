"""Which archived experiments are past keeping, and how they go: one by one, each with its own history."""

from collections.abc import Iterable, Iterator
from datetime import datetime

from django.db.models import QuerySet

from accounts.changes import change
from accounts.editing import hold
from accounts.errors import NotFound
from experiments.models import Experiment


def list_archived(*, before: datetime) -> QuerySet[Experiment]:
    """The experiments of all projects that were archived before this instant, the oldest first."""
    archived = Experiment.objects.filter(status=Experiment.Status.ARCHIVED, archived_at__lt=before)
    return archived.select_related("environment__project").order_by("archived_at", "pk")


def prune(experiments: Iterable[Experiment]) -> Iterator[Experiment]:
    """Remove these with their variants and allocations, by the system; each that is gone, as it goes."""
    for experiment in experiments:
        if _remove(experiment):
            yield experiment


def _remove(experiment: Experiment) -> bool:
    """Whether it was still there to be removed."""
    try:
        with change():
            hold(experiment.environment.project)
            hold(experiment)
            experiment.delete()
    except NotFound:
        return False
    return True
