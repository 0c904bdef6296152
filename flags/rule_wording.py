"""Rules, targets and prerequisites in words for people: `If plan is pro: serve on to 30 %.`"""

from collections.abc import Mapping, Sequence
from typing import Any

from flagkit.engine import BrokenDocument
from flagkit.engine.serving import full_of, ranges_of
from flags import wording
from flags.condition_wording import condition_words, value_words, values_words
from flags.rules import Rule, condition_of

_ON_MISS = {
    "default": "everyone else who matches gets the default",
    "off": "everyone else who matches gets what is served while off",
}


def rule_sentence(rule: Rule) -> str:
    """`If country is one of US, CA and plan is pro: serve on to 30 %.`"""
    return f"{lead(rule)}: {action(rule)}{_times(rule)}."


def lead(rule: Rule) -> str:
    """Whom the rule is about."""
    told = condition_words(condition_of(rule))
    return f"For {told}" if told in ("everyone", "nobody") else f"If {told}"


def action(rule: Rule) -> str:
    """What they get, and how many of them."""
    shares = [wording.percent(rule["rollout_percentage"])] if "rollout_percentage" in rule else []
    shares += [gate_words(gate) for gate in rule.get("gates", ())]
    told = serve_words(rule["serve"])
    if not shares:
        return told
    told = f"{told} to {' and '.join(shares)}"
    miss = _ON_MISS.get(rule.get("on_gate_miss", ""))
    return f"{told}; {miss}" if miss else told


def serve_words(serve: Mapping[str, Any]) -> str:
    """`serve on`, `split users: 50 % blue, 50 % green`."""
    if "variant" in serve:
        return f"serve {serve['variant']}"
    if "off" in serve:
        return "serve what is served while off"
    if "rollout" in serve:
        rollout = serve["rollout"]
        return f"serve {rollout['variant']} to {_share(rollout, rollout)}, {rollout['otherwise']} to the others"
    split = serve["split"]
    if isinstance(split, list):
        return f"split users: {wording.arms(split)}"
    told = ", ".join(f"{_share(arm, split)} {arm.get('variant')}" for arm in split["arms"])
    return f"split users: {told}"


def gate_words(gate: Mapping[str, Any]) -> str:
    """A share of users that other flags may count in the same way."""
    return f"{_share(gate, gate)} (by salt {value_words(gate.get('salt', ''))})"


def prerequisite_sentence(prerequisite: Mapping[str, Any]) -> str:
    """What another flag has to answer: `checkout serves on.`"""
    told = []
    if "enabled" in prerequisite:
        told.append(f"is {'on' if prerequisite['enabled'] else 'off'}")
    if "variants" in prerequisite:
        told.append(f"serves {' or '.join(prerequisite['variants'])}")
    return f"{prerequisite['flag']} {' and '.join(told)}."


def target_sentence(target: Mapping[str, Any]) -> str:
    """Who gets a variant whatever the rules say: `on: alice, bob.`"""
    by = target.get("by", "targeting_key")
    whose = "" if by == "targeting_key" else f"{by} "
    return f"{target['variant']}: {whose}{values_words(tuple(target['keys']))}."


def _share(ranged: Mapping[str, Any], dial: Mapping[str, Any]) -> str:
    """How much of all buckets the ranges make up."""
    try:
        covered = sum(high - low for low, high in ranges_of(ranged))
        return wording.percent(round(covered * 100 / full_of(dial), 3))
    except (BrokenDocument, TypeError, ValueError, KeyError):
        return "a part"


def _times(rule: Mapping[str, Any]) -> str:
    bounds: Sequence[tuple[str, str]] = (("from", "active_from"), ("until", "active_until"))
    told = " ".join(f"{word} {rule[name]}" for word, name in bounds if rule.get(name))
    return f", {told}" if told else ""
