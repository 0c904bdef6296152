"""Which flags and experiments are used, where and how often; and which flags are not, or are asked for in vain."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db.models import Max, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Trunc

from accounts.models import Environment, Project
from evaluation.models import ExperimentUsage, LastSeen, UnknownFlag, Usage
from experiments.models import Experiment
from flags.models import Flag


def usage_of(
    flag: Flag, environments: Collection[Environment], *, since: datetime, until: datetime, granularity: str
) -> list[dict[str, Any]]:
    """Evaluations by environment and variant (None: the caller's default) of each minute, hour or day that has any."""
    keys = {environment.pk: environment.key for environment in environments}
    rows = Usage.objects.filter(environment_id__in=keys, flag=flag.key, at__gte=since, at__lt=until)
    return _slots(rows, keys, granularity)


def usage_of_experiment(
    experiment: Experiment, *, since: datetime, until: datetime, granularity: str
) -> list[dict[str, Any]]:
    """The same of an experiment that is on no flag (None: the user was not in it)."""
    environment = experiment.environment
    rows = ExperimentUsage.objects.filter(
        environment_id=environment.pk, experiment=experiment.key, at__gte=since, at__lt=until
    )
    return _slots(rows, {environment.pk: environment.key}, granularity)


def variants_of(slots: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Evaluations by variant, the most frequent first."""
    counts: dict[str | None, int] = defaultdict(int)
    for slot in slots:
        counts[slot["variant"]] += slot["count"]
    return [{"variant": variant, "count": n} for variant, n in sorted(counts.items(), key=lambda each: -each[1])]


def _slots(rows: "QuerySet[Any]", keys: Mapping[UUID, str], granularity: str) -> list[dict[str, Any]]:
    slots = rows.annotate(slot=Trunc("at", granularity, tzinfo=UTC)).values("slot", "environment_id", "variant")
    return [
        {
            "at": row["slot"],
            "environment_key": keys[row["environment_id"]],
            "variant": row["variant"] or None,
            "count": row["n"],
        }
        for row in slots.annotate(n=Sum("count")).order_by("slot", "environment_id", "variant")
    ]


def with_last_seen(flags: QuerySet[Flag], environments: Collection[Environment]) -> QuerySet[Flag]:
    """The flags with `last_seen_at`: when they were last evaluated in any of these environments, or None."""
    seen = LastSeen.objects.filter(environment_id__in=[e.pk for e in environments], flag=OuterRef("key"))
    latest = seen.order_by().values("flag").annotate(latest=Max("at")).values("latest")
    return flags.annotate(last_seen_at=Subquery(latest))


def unused(flags: QuerySet[Flag], *, since: datetime) -> QuerySet[Flag]:
    """Those of the flags that are older than that and were not evaluated from then on; after `with_last_seen`."""
    return flags.filter(Q(last_seen_at=None) | Q(last_seen_at__lt=since), created_at__lt=since)


def last_seen(keys: Collection[str], environments: Collection[Environment]) -> Mapping[str, Mapping[str, datetime]]:
    """When each flag was last evaluated, by its key and the environment's."""
    names = {environment.pk: environment.key for environment in environments}
    found: dict[str, dict[str, datetime]] = defaultdict(dict)
    for row in LastSeen.objects.filter(environment_id__in=names, flag__in=keys):
        found[row.flag][names[row.environment_id]] = row.at
    return found


def evaluations(keys: Collection[str], environments: Collection[Environment], *, since: datetime) -> Mapping[str, int]:
    """How often each flag was evaluated since then, by its key."""
    rows = Usage.objects.filter(environment_id__in=[e.pk for e in environments], flag__in=keys, at__gte=since)
    counts = rows.order_by().values("flag").annotate(n=Sum("count"))
    return {row["flag"]: row["n"] for row in counts}


def unknown_flags(project: Project, environments: Collection[Environment]) -> QuerySet[UnknownFlag]:
    """Names that programs ask for here and that no flag in use has, the latest first."""
    known = Flag.objects.filter(project=project, archived_at=None).values("key")
    here = UnknownFlag.objects.filter(environment_id__in=[e.pk for e in environments])
    return here.exclude(flag__in=known)
