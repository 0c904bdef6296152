"""What a flag does in one environment, in words for people: one sentence, or a word or two for a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from flags.documents import off_variant_of
from flags.models import Flag, FlagConfig
from flags.slot_maps import is_weighted

_ASKED_FIRST = ("prerequisites", "targets", "rules")


def sentence(flag: Flag, config: FlagConfig) -> str:
    """`On for 30 % of users.`, and what is asked before that: `Asked first: 2 rules.`"""
    if flag.archived_at:
        return "Archived: callers are told that it does not exist."
    if not config.is_enabled:
        return _off(flag, config)
    first = ", ".join(_counted(name, getattr(config, name)) for name in _ASKED_FIRST if getattr(config, name))
    return f"{_default(flag, config)} Asked first: {first}." if first else _default(flag, config)


def short(flag: Flag, config: FlagConfig) -> str:
    """`30 %`, `blue`, `split`, `Targeted` or `Off`."""
    if not config.is_enabled:
        return "Off"
    if config.rules or config.targets:
        return "Targeted"
    if flag.flag_type == Flag.Type.PERCENTAGE:
        return percent(config.rollout_percentage)
    if deals_users(config):
        return "Split"
    if "off" in config.serve:
        return "Off variant"
    variant = served(flag, config)
    return "On" if flag.flag_type == Flag.Type.BOOLEAN and variant == "on" else variant


def served(flag: Flag, config: FlagConfig) -> str:
    """The variant that everyone gets while the flag is on and does not split."""
    return str(config.serve.get("variant") or flag.variants[0]["key"])


def deals_users(config: FlagConfig) -> bool:
    """Whether the default gives users different answers by their buckets."""
    return "split" in config.serve or "rollout" in config.serve


def arms(split: Sequence[Mapping[str, Any]]) -> str:
    """`50 % blue, 50 % green`"""
    return ", ".join(f"{percent(arm['weight'])} {arm['variant']}" for arm in split)


def percent(number: Any) -> str:
    """`12.5 %`, with a space that does not break."""
    return f"{float(number):g}\N{NO-BREAK SPACE}%"


def _default(flag: Flag, config: FlagConfig) -> str:
    if flag.flag_type == Flag.Type.PERCENTAGE:
        return _share(config)
    if is_weighted(config.serve):
        return f"On, and splits users: {arms(config.serve['split'])}."
    if deals_users(config):
        return "On, and splits users by ranges of buckets."
    if "off" in config.serve:
        return "On, but serves what it serves while it is off."
    variant = served(flag, config)
    if flag.flag_type == Flag.Type.BOOLEAN:
        return "On for everyone." if variant == "on" else f"On, but serves {variant} to everyone."
    return f"On, and serves {variant} to everyone."


def _counted(name: str, entries: Sequence[Mapping[str, Any]]) -> str:
    """`2 rules`, `1 prerequisite`; targets by the keys that they name."""
    count = sum(len(entry["keys"]) for entry in entries) if name == "targets" else len(entries)
    return f"{count:,} {name if count != 1 else name[:-1]}"


def _off(flag: Flag, config: FlagConfig) -> str:
    variant = off_variant_of(flag, config)
    if variant is None:
        return "Off: callers use their own default."
    if flag.type == "boolean" and variant == "off":
        return "Off for everyone."
    return f"Off: everyone gets {variant}."


def _share(config: FlagConfig) -> str:
    if config.rollout_percentage == 0:
        return "On, but for 0 % of users: off for everyone."
    if config.rollout_percentage == 100:
        return "On for everyone (100 % of users)."
    return f"On for {percent(config.rollout_percentage)} of users."
