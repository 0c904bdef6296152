"""Whom a flag is for in one environment, as the pages tell it: what is asked first, and each rule in words."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from flags.models import FlagConfig
from flags.rule_wording import prerequisite_sentence, rule_sentence, target_sentence
from flags.warnings import warnings_of


@dataclass(frozen=True, slots=True)
class ToldRule:
    """A rule in words; `has_warning` where there is something to look at."""

    id: str
    name: str
    sentence: str
    has_warning: bool


@dataclass(frozen=True, slots=True)
class Targeting:
    """`warnings` are `{"code", "sentence", "rule"}`."""

    prerequisites: Sequence[str]
    targets: Sequence[str]
    rules: Sequence[ToldRule]
    warnings: Sequence[dict[str, Any]]


def targeting_of(config: FlagConfig) -> Targeting:
    """What is asked before the default, in the order in which it is asked."""
    warnings = warnings_of(config.flag, config)
    warned = {warning["rule"] for warning in warnings}
    return Targeting(
        prerequisites=[prerequisite_sentence(prerequisite) for prerequisite in config.prerequisites],
        targets=[target_sentence(target) for target in config.targets],
        rules=[
            ToldRule(rule["id"], rule.get("name", ""), rule_sentence(rule), rule["id"] in warned)
            for rule in config.rules
        ],
        warnings=warnings,
    )
