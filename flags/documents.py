"""From rows to the engine's JSON: one self-contained document per flag or audience and environment."""

from collections.abc import Callable, Collection, Mapping
from typing import Any
from uuid import UUID

from django.db import models

from accounts.models import Environment
from flagkit.engine.compiling import SCHEMA
from flags.kinds import AUDIENCE, FLAG, Name
from flags.models import Audience, Flag, FlagConfig
from flags.rules import condition_of
from flags.slot_maps import arms_of, buckets, is_weighted

# Rooms above this one may add what they know of a flag: a rule that is asked before the flag's own, by the flag's key.
RulesOnFlags = Callable[[Environment, Collection[str]], Mapping[str, Mapping[str, Any]]]
_rules_on_flags: list[RulesOnFlags] = []

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
        "prerequisites": config.prerequisites,
        "targets": config.targets,
        "rules": [_rule(flag, rule) for rule in config.rules],
        "serve": _default(flag, config),
        **({"client_visible": True} if flag.is_client_visible else {}),  # left out else: what is published stays
    }


def audience_document(audience: Audience) -> dict[str, Any]:
    """Who belongs to this audience."""
    return {
        "schema": SCHEMA,
        "kind": AUDIENCE,
        "key": audience.key,
        "included": audience.included,
        "excluded": audience.excluded,
        "rules": [{"id": rule["id"], "when": condition_of(rule)} for rule in audience.rules],
    }


def off_variant_of(flag: Flag, config: FlagConfig) -> str | None:
    """What the flag serves while it is off: booleans are false, others leave it to the caller's default."""
    if config.off_variant:
        return config.off_variant
    return next((v["key"] for v in flag.variants if v["value"] is False), None)


def affected_by(row: models.Model) -> list[tuple[UUID, Name]]:
    """The documents that this row is part of, each with its environment's id. The row may be deleted already."""
    if isinstance(row, FlagConfig):
        return [(row.environment_id, (FLAG, row.flag.key))]
    if isinstance(row, Audience):
        return [(row.environment_id, (AUDIENCE, row.key))]
    if isinstance(row, Flag):
        environments = Environment.objects.filter(project_id=row.project_id).values_list("id", flat=True)
        return [(environment_id, (FLAG, row.key)) for environment_id in environments]
    if isinstance(row, Environment) and row.pk:
        names = [(FLAG, key) for key in _living(row).values_list("key", flat=True)]
        names += [(AUDIENCE, key) for key in row.audiences.values_list("key", flat=True)]
        return [(row.pk, name) for name in names]
    return []


def documents(environment: Environment, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The documents of those of these flags that exist here and are not archived."""
    flags = {flag.key: flag for flag in _living(environment).filter(key__in=keys)}
    configs = {c.flag_id: c for c in FlagConfig.objects.filter(environment=environment, flag__in=flags.values())}
    found = {
        key: document_of(flag, configs.get(flag.pk) or FlagConfig.untouched(flag, environment))
        for key, flag in flags.items()
    }
    for key, rule in experiments_on(environment, found).items():
        found[key]["experiment"] = rule
    return found


def experiments_on(environment: Environment, keys: Collection[str]) -> Mapping[str, Mapping[str, Any]]:
    """The experiments that run on these flags, each as the rule that is asked before the flag's own."""
    return {key: rule for provider in _rules_on_flags for key, rule in provider(environment, keys).items()}


def ask_for_experiments(provider: RulesOnFlags) -> None:
    """Let a room above add its experiments to the documents of flags; asked once for all flags of a revision."""
    if provider not in _rules_on_flags:
        _rules_on_flags.append(provider)


def audience_documents(environment: Environment, keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """The documents of those of these audiences that exist here."""
    found = Audience.objects.filter(environment=environment, key__in=keys)
    return {audience.key: audience_document(audience) for audience in found}


def gate_salt(flag: Flag, rule: str = "") -> str:
    """Which buckets a share of users is counted in: the flag's own, or those of one of its rules."""
    return f"{_salt(flag, rule)}:gate"


def split_salt(flag: Flag, rule: str = "") -> str:
    return f"{_salt(flag, rule)}:split"


def _living(environment: Environment) -> models.QuerySet[Flag]:
    return Flag.objects.filter(project_id=environment.project_id, archived_at=None)


def _default(flag: Flag, config: FlagConfig) -> dict[str, Any]:
    if flag.flag_type == Flag.Type.PERCENTAGE:
        inside = buckets(config.rollout_percentage)
        return {"rollout": {"salt": gate_salt(flag), "ranges": [[0, inside]], "variant": "on", "otherwise": "off"}}
    return _serve(config.serve, split_salt(flag)) if config.serve else {"variant": flag.variants[0]["key"]}


def _rule(flag: Flag, rule: Mapping[str, Any]) -> dict[str, Any]:
    """A rule in the engine's form. Its salts hang on its id, so that order, name and description move nobody."""
    gates = rule.get("gates", [])
    if "rollout_percentage" in rule:
        inside = buckets(rule["rollout_percentage"])
        gates = [{"salt": gate_salt(flag, rule["id"]), "ranges": [[0, inside]]}, *gates]
    kept = {name: rule[name] for name in ("name", "on_gate_miss", "active_from", "active_until") if name in rule}
    serve = _serve(rule["serve"], split_salt(flag, rule["id"]))
    return {"id": rule["id"], **kept, "when": condition_of(rule), "gates": gates, "serve": serve}


def _serve(serve: Mapping[str, Any], salt: str) -> dict[str, Any]:
    if is_weighted(serve):
        return {"split": {"salt": salt, "arms": arms_of(serve["split"])}}
    return dict(serve)


def _salt(flag: Flag, rule: str) -> str:
    return f"{flag.salt}:{rule}" if rule else flag.salt
