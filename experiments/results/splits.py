"""When the variants of an experiment got other buckets than it began with."""

from datetime import datetime

from audit.queries import recent
from experiments.models import Experiment


def split_changes(experiment: Experiment, *, since: datetime) -> tuple[datetime, ...]:
    """The changes of its allocations from then on, the earliest first; each of a bundle of rows counts as one."""
    environment = experiment.environment
    entries = recent(
        project=environment.project.key,
        environment=environment.key,
        subject="allocation",
        key=experiment.key,
        since=since,
    )
    return tuple(sorted(set(entries.values_list("at", flat=True))))
