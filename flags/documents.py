"""From rows to the engine's JSON: one self-contained document per flag and environment."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.db import models

from accounts.models import Environment
from flagkit.engine.bucketing import BUCKETS
from flagkit.engine.compiling import SCHEMA
from flags.models import Flag, FlagConfig

BOOLEAN_VARIANTS: list[dict[str, Any]] = [{"key": "on", "value": True}, {"key": "off", "value": False}]


def document_of(flag: Flag, config: FlagConfig) -> dict[str, Any]:
    """What this flag does in the config's environment."""
    return {
        "schema": SCHEMA,
        "key": flag.key,
        "type": flag.type,
        "enabled": config.is_enabled,
        "variants": [{"key": variant["key"], "value": variant["value"]} for variant in flag.variants],
        "off_variant": off_variant_of(flag, config),
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "serve": _serve(flag, config),
    }


def off_variant_of(flag: Flag, config: FlagConfig) -> str | None:
    """What the flag serves while it is off: booleans are false, others leave it to the caller's default."""
    if config.off_variant:
        return config.off_variant
    return next((v["key"] for v in flag.variants if v["value"] is False), None)


def affected_by(row: models.Model) -> list[tuple[UUID, str]]:
    """The documents that this row is part of: (environment id, flag key). The row may be deleted already."""
    if isinstance(row, FlagConfig):
        return [(row.environment_id, row.flag.key)]
    if isinstance(row, Flag):
        environments = Environment.objects.filter(project_id=row.project_id).values_list("id", flat=True)
        return [(environment_id, row.key) for environment_id in environments]
    if isinstance(row, Environment) and row.pk:
        return [(row.pk, key) for key in _living(row).values_list("key", flat=True)]
    return []


def documents(environment: Environment, keys: Sequence[str]) -> dict[str, dict[str, Any]]:
    """The documents of those of these flags that exist here and are not archived."""
    flags = {flag.key: flag for flag in _living(environment).filter(key__in=keys)}
    configs = {c.flag_id: c for c in FlagConfig.objects.filter(environment=environment, flag__in=flags.values())}
    return {
        key: document_of(flag, configs.get(flag.pk) or FlagConfig.untouched(flag, environment))
        for key, flag in flags.items()
    }


def ranges_of(weights: Sequence[tuple[str, Decimal]]) -> list[dict[str, Any]]:
    """The arms of a split, side by side over all buckets in the order given; weights are percent and sum to 100."""
    arms, at = [], 0
    for variant, weight in weights:
        upto = at + int(Decimal(weight) * BUCKETS / 100)
        arms.append({"variant": variant, "ranges": [[at, upto]]})
        at = upto
    return arms


def _living(environment: Environment) -> models.QuerySet[Flag]:
    return Flag.objects.filter(project_id=environment.project_id, archived_at=None)


def _serve(flag: Flag, config: FlagConfig) -> dict[str, Any]:
    if flag.flag_type == Flag.Type.PERCENTAGE:
        inside = int(config.rollout_percentage * BUCKETS / 100)
        return {"rollout": {"salt": f"{flag.salt}:gate", "ranges": [[0, inside]], "variant": "on", "otherwise": "off"}}
    if "split" in config.serve:
        weights = [(arm["variant"], Decimal(str(arm["weight"]))) for arm in config.serve["split"]]
        return {"split": {"salt": f"{flag.salt}:split", "arms": ranges_of(weights)}}
    return {"variant": config.serve.get("variant") or flag.variants[0]["key"]}
