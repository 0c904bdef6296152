"""What the rules, targets and prerequisites of a config may hold, and the rules of an audience.

    {"id": "eu", "name": "Europeans", "when": {a condition} | "conditions": [conditions, all of which have to hold],
     "serve": {…}, "rollout_percentage": 12.5, "gates": [{…}], "on_gate_miss": "next" | "default" | "off",
     "active_from": "2026-11-21T09:00:00Z", "active_until": null}

Conditions, gates, targets and prerequisites are in the engine's own form (`flagkit/engine/compiling.py`).
"""

import secrets
from collections.abc import Mapping, Sequence
from typing import Any

from accounts.strict_input import snake_case
from flags.cleaners import Cleaner, Wrong, boolean, each, one_of, part, require_parts, text
from flags.serves import MAX_VARIANTS, clean_json, clean_key, clean_serve, number_of, percent
from flags.slot_maps import laid_out

MAX_RULES = 200
MAX_PREREQUISITES = 100
MAX_KEYS = 100_000
MAX_KEY_LENGTH = 512

Rule = dict[str, Any]


def clean_rules(value: Any) -> list[Rule]:
    """The rules of a config as they are stored, but for the ids of new ones. Raises Wrong."""
    return _clean_rules(value, _RULE, "serve")


def clean_audience_rules(value: Any) -> list[Rule]:
    """The rules of an audience as they are stored, but for the ids of new ones. Raises Wrong."""
    return _clean_rules(value, _AUDIENCE_RULE)


def clean_targets(value: Any) -> list[dict[str, Any]]:
    """Raises Wrong."""
    targets: list[dict[str, Any]] = each(_target, value, least=0, most=MAX_KEYS)
    if sum(len(target["keys"]) for target in targets) > MAX_KEYS:
        raise Wrong(f"Name at most {MAX_KEYS:,} keys in all targets together; an audience holds as many more.")
    return targets


def clean_prerequisites(value: Any) -> list[dict[str, Any]]:
    """Raises Wrong."""
    return each(_prerequisite, value, least=0, most=MAX_PREREQUISITES)


def clean_keys(value: Any) -> list[str]:
    """Targeting keys, each once. Raises Wrong."""
    keys: list[str] = each(_subject, value, least=0, most=MAX_KEYS)
    return list(dict.fromkeys(keys))


def settled(rules: Sequence[Rule], standing: Sequence[Rule]) -> list[Rule]:
    """The rules with ids, and with buckets that stay as far as they can where the rule of this id has them."""
    taken = {rule["id"] for rule in rules if "id" in rule}
    before = {rule["id"]: rule for rule in standing}
    found = []
    for rule in rules:
        identity = rule.get("id") or _new_id(taken)
        rule = {"id": identity, **rule}
        if "serve" in rule:
            rule["serve"] = laid_out(rule["serve"], before.get(identity, {}).get("serve", {}))
        found.append(rule)
    return found


def condition_of(rule: Mapping[str, Any]) -> dict[str, Any]:
    """What has to hold for the rule to match, as one condition."""
    return rule["when"] if "when" in rule else {"all": rule.get("conditions", [])}


def _clean_rules(value: Any, cleaners: Mapping[str, Cleaner], *needed: str) -> list[Rule]:
    def clean(rule: Any) -> Rule:
        given = snake_cased(rule)
        require_parts(given, *needed, optional=list(cleaners))
        there = [name for name in cleaners if given.get(name) is not None or name in needed]
        return {name: part(name, cleaners[name], given[name]) for name in there}

    rules: list[Rule] = each(clean, value, least=0, most=MAX_RULES)
    for at, rule in enumerate(rules):
        if "id" in rule and any(other.get("id") == rule["id"] for other in rules[:at]):
            raise Wrong(f"Another rule has the id {rule['id']}.", f".{at}.id")
        if "when" in rule and "conditions" in rule:
            raise Wrong("Give when or conditions, not both.", f".{at}.when")
    return rules


def snake_cased(rule: Any) -> Any:
    """The rule with its own fields in snake_case, where they are not there twice; what is in them stays."""
    if not isinstance(rule, dict):
        return rule
    names = {name: snake_case(name) for name in rule if snake_case(name) not in rule}
    return {names.get(name, name): value for name, value in rule.items()}


def _target(value: Any) -> dict[str, Any]:
    require_parts(value, "variant", "keys", optional=["by"])
    cleaners = {"variant": clean_key, "keys": clean_keys, "by": text(200)}
    return {name: part(name, cleaners[name], value[name]) for name in cleaners if name in value}


def _prerequisite(value: Any) -> dict[str, Any]:
    require_parts(value, "flag", optional=["variants", "enabled"])
    if len(value) == 1:
        raise Wrong("Say which variants the flag has to serve, or whether it has to be enabled.", ".variants")
    cleaners: dict[str, Cleaner] = {"flag": clean_key, "variants": _variants, "enabled": boolean}
    return {name: part(name, cleaners[name], value[name]) for name in cleaners if name in value}


def _variants(value: Any) -> list[str]:
    return each(clean_key, value, least=1, most=MAX_VARIANTS)


def _subject(value: Any) -> str:
    if value == "":
        raise Wrong("Give a key that is not empty.")
    return str(_short(value))


def _conditions(value: Any) -> list[Any]:
    return each(_condition, value, least=0, most=MAX_RULES)


def _condition(value: Any) -> Any:
    if not isinstance(value, dict):
        raise Wrong('Give an object: {"attribute": …, "operator": …, "value": …}.')
    return clean_json(value)


def _new_id(taken: set[str]) -> str:
    while (identity := secrets.token_hex(4)) in taken:
        pass
    taken.add(identity)
    return identity


_short = text(MAX_KEY_LENGTH)
_AUDIENCE_RULE: dict[str, Cleaner] = {
    "id": clean_key,
    "name": text(200),
    "when": _condition,
    "conditions": _conditions,
}
_RULE: dict[str, Cleaner] = {
    **_AUDIENCE_RULE,
    "description": text(2000),
    "serve": clean_serve,
    "rollout_percentage": lambda value: number_of(percent(value)),
    "gates": lambda value: each(_condition, value, least=0, most=MAX_VARIANTS),
    "on_gate_miss": one_of(["next", "default", "off"]),
    "active_from": clean_json,
    "active_until": clean_json,
}
