"""From rows to the engine's JSON: one self-contained document per running experiment."""

from collections.abc import Collection, Iterable, Mapping
from typing import Any
from uuid import UUID

from django.db import models

from accounts.models import Environment
from experiments.models import Allocation, Experiment, Holdout, Layer, Variant
from flagkit.engine.experiments import BUCKETS, KIND, rule_of
from flagkit.engine.flags import SCHEMA
from flags.kinds import FLAG, Name
from flags.models import Flag

EXPERIMENT = KIND


def document_of(experiment: Experiment) -> dict[str, Any]:
    """The experiment as it would be evaluated if it ran; ranges include both ends."""
    variants, layer = list(experiment.variants.all()), experiment.layer
    return {
        "schema": SCHEMA,
        "kind": EXPERIMENT,
        "key": experiment.key,
        "id": str(experiment.pk),
        "name": experiment.name,
        "salt": experiment.salt,
        "algorithm": experiment.algorithm,
        "audience": experiment.audience.key if experiment.audience else None,
        "rules": experiment.targeting_rules,
        "holdouts": [_holdout(holdout) for holdout in _holdouts_of(experiment)],
        "layer": layer and {"key": layer.key, "salt": layer.salt, "ranges": experiment.layer_ranges},
        "variants": [{"key": each.key, "id": str(each.pk), "payload": each.payload} for each in variants],
        "allocations": allocations_of(variants, experiment.allocations.all()),
        "flag": experiment.flag.key if experiment.flag else None,
    }


def allocations_of(variants: Iterable[Variant], allocations: Iterable[Allocation]) -> list[dict[str, Any]]:
    """The ranges of each variant that has any."""
    ranges: dict[UUID, list[list[int]]] = {}
    for each in sorted(allocations, key=lambda allocation: allocation.range_start):
        ranges.setdefault(each.variant_id, []).append([each.range_start, each.range_end])
    return [{"variant": each.key, "ranges": ranges[each.pk]} for each in variants if each.pk in ranges]


def held_out(holdout: Holdout) -> list[list[int]]:
    """The ranges of buckets that the holdout keeps out of experiments."""
    size = int(holdout.percentage * BUCKETS / 100)
    return [[0, size - 1]] if size else []


def documents(environment: Environment, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The documents of those of these experiments that run here."""
    return {each.key: document_of(each) for each in _running(environment).filter(key__in=keys)}


def rules_on_flags(environment: Environment, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """What running experiments add to the documents of these flags, by the flag's key."""
    found = _running(environment).filter(flag__key__in=keys, flag__archived_at=None)
    return {each.flag.key: rule_of(document_of(each)) for each in found if each.flag is not None}


def affected_by(row: models.Model) -> list[tuple[UUID, Name]]:
    """The documents that this row is part of, each with its environment's id. The row may be deleted already."""
    if isinstance(row, Variant | Allocation):
        return _of(row.experiment)
    if isinstance(row, Experiment):
        return _of(row)
    if isinstance(row, Layer):
        return [name for each in row.experiments.all() for name in _of(each)] if row.pk else []
    if isinstance(row, Holdout):
        found = Experiment.objects.filter(environment__project_id=row.project_id, status=Experiment.Status.RUNNING)
        return [name for each in found for name in _of(each)]
    if isinstance(row, Environment) and row.pk:
        return [(row.pk, (EXPERIMENT, key)) for key in row.experiments.values_list("key", flat=True)]
    return []


def _of(experiment: Experiment) -> list[tuple[UUID, Name]]:
    """The experiment's own document, and that of the flag it is on, which may be deleted in the same change."""
    on = Flag.objects.filter(pk=experiment.flag_id).values_list("key", flat=True) if experiment.flag_id else ()
    return [(experiment.environment_id, name) for name in [(EXPERIMENT, experiment.key), *((FLAG, key) for key in on)]]


def _running(environment: Environment) -> models.QuerySet[Experiment]:
    running = Experiment.objects.filter(environment=environment, status=Experiment.Status.RUNNING)
    related = running.select_related("audience", "flag", "layer", "environment")
    return related.prefetch_related("variants", "allocations", "environment__project__holdouts")


def _holdouts_of(experiment: Experiment) -> Iterable[Holdout]:
    holdouts: Iterable[Holdout] = experiment.environment.project.holdouts.all()
    return sorted(holdouts, key=lambda holdout: holdout.key)


def _holdout(holdout: Holdout) -> Mapping[str, Any]:
    return {"key": holdout.key, "salt": holdout.salt, "ranges": held_out(holdout)}
