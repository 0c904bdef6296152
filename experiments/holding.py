"""An experiment that is being changed: locked, read again, and still an experiment that means something afterwards."""

from collections.abc import Iterator

from accounts import policy
from accounts.editing import hold, is_outdated
from accounts.errors import Conflict, Impossible, Outdated
from accounts.models import User
from accounts.rows import Row
from experiments.models import Experiment


class ExperimentArchived(Conflict):
    """An archived experiment stays as it is."""

    code = "experiment_archived"


class ExperimentOutdated(Outdated):
    """The experiment, a variant or an allocation of it, or the layer or holdout was saved since the caller read it."""


class NotReady(Impossible):
    """The experiment lacks something that makes running it meaningful."""

    code = "not_ready"


def hold_experiment(experiment: Experiment, *, by: User, if_match: str | None = None) -> None:
    """As `hold_any_experiment`, and it may still be edited. Raises ExperimentArchived."""
    hold_any_experiment(experiment, by=by, if_match=if_match)
    if experiment.status == Experiment.Status.ARCHIVED:
        raise ExperimentArchived(f"Experiment {experiment.key} is archived and stays as it is. Create a new one.")


def hold_any_experiment(experiment: Experiment, *, by: User, if_match: str | None = None) -> None:
    """Lock the experiment for somebody who may change its environment. Raises NotFound, ExperimentOutdated.

    The project is locked first: experiments, layers, audiences and flags refer to each other.
    """
    policy.require_change(by, experiment.environment)
    hold(experiment.environment.project)
    hold(experiment)
    refuse_outdated(experiment, if_match)


def etag(row: Row) -> str:
    """What If-Match is compared with; that of an experiment changes with every variant and allocation as well."""
    return f'"{row.version}"'


def refuse_outdated(row: Row, if_match: str | None) -> None:
    if is_outdated(if_match, etag(row)):
        what = f"{row._meta.verbose_name} {row}"
        raise ExperimentOutdated(f"{what[0].upper()}{what[1:]} was changed since you read it. Read it again.")


def refuse_meaningless(experiment: Experiment) -> None:
    """Raises NotReady where a running experiment would lack what it was started with."""
    if experiment.is_running and (lacking := list(missing_in(experiment))):
        raise NotReady(f"A running experiment cannot do without this: {' '.join(lacking)} Pause it first.")


def missing_in(experiment: Experiment) -> Iterator[str]:
    """What the experiment lacks to be started, in sentences; nothing when it can be."""
    variants = list(experiment.variants.all())
    allocations = experiment.allocations.all()
    if len(variants) < 2:
        yield "It needs at least two variants."
    if not allocations.exists():
        yield "It needs at least one allocation of buckets to a variant."
    if experiment.layer and not experiment.layer_ranges:
        yield f"It needs a share of layer {experiment.layer.key}."
    if experiment.flag:
        yield from _missing_on_flag(experiment)


def _missing_on_flag(experiment: Experiment) -> Iterator[str]:
    flag = experiment.flag
    assert flag is not None
    if flag.archived_at is not None:
        yield f"Its flag {flag.key} is archived."
    known = {variant["key"] for variant in flag.variants}
    unknown = [variant.key for variant in experiment.variants.all() if variant.key not in known]
    if unknown:
        yield f"Its flag {flag.key} has no variant {', '.join(unknown)}; it has {', '.join(sorted(known))}."
