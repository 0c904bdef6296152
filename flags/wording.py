"""What a flag does in one environment, in words for people: one sentence, or a word or two for a table."""

from collections.abc import Mapping, Sequence
from typing import Any

from flags.documents import off_variant_of
from flags.models import Flag, FlagConfig


def sentence(flag: Flag, config: FlagConfig) -> str:
    """`On for 30 % of users.`"""
    if flag.archived_at:
        return "Archived: callers are told that it does not exist."
    if not config.is_enabled:
        return _off(flag, config)
    if flag.flag_type == Flag.Type.PERCENTAGE:
        return _share(config)
    if "split" in config.serve:
        return f"On, and splits users: {arms(config.serve['split'])}."
    variant = served(flag, config)
    if flag.flag_type == Flag.Type.BOOLEAN:
        return "On for everyone." if variant == "on" else f"On, but serves {variant} to everyone."
    return f"On, and serves {variant} to everyone."


def short(flag: Flag, config: FlagConfig) -> str:
    """`30 %`, `blue`, `split` or `Off`."""
    if not config.is_enabled:
        return "Off"
    if flag.flag_type == Flag.Type.PERCENTAGE:
        return percent(config.rollout_percentage)
    if "split" in config.serve:
        return "Split"
    variant = served(flag, config)
    return "On" if flag.flag_type == Flag.Type.BOOLEAN and variant == "on" else variant


def served(flag: Flag, config: FlagConfig) -> str:
    """The variant that everyone gets while the flag is on and does not split."""
    return str(config.serve.get("variant") or flag.variants[0]["key"])


def arms(split: Sequence[Mapping[str, Any]]) -> str:
    """`50 % blue, 50 % green`"""
    return ", ".join(f"{percent(arm['weight'])} {arm['variant']}" for arm in split)


def percent(number: Any) -> str:
    """`12.5 %`, with a space that does not break."""
    return f"{float(number):g}\N{NO-BREAK SPACE}%"


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
