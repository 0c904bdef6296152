"""How what is wanted of a flag goes together with the flag that stands, where other environments use it as it is."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from accounts.errors import Conflict
from accounts.json_values import same
from accounts.models import Environment
from flags.importing.planning import WantedFlag
from flags.models import Flag, FlagConfig
from flags.validation import missing_variants

Variant = Mapping[str, Any]
_EMPTY: dict[str, Any] = {"string": "", "number": 0, "object": {}}


class UsedElsewhere(Conflict):
    """Other environments use the flag in a way that the import would break."""

    code = "used_elsewhere"


def fitted(wanted: WantedFlag, flag: Flag, environments: Sequence[Environment]) -> WantedFlag:
    """What is wanted, with the variants that the flag's other environments serve. Raises UsedElsewhere.

    Where the flag has values of another type for them, a feature without variants takes that type.
    """
    others = list(flag.configs.exclude(environment__in=environments).select_related("environment"))
    if not others:
        return replace(wanted, variants=_ordered(flag.variants, wanted.variants))
    where = ", ".join(sorted(config.environment.key for config in others))
    if wanted.flag_type == Flag.Type.BOOLEAN and _has_plain(flag):
        wanted = _typed(wanted, flag)
    if wanted.flag_type != flag.flag_type:
        raise UsedElsewhere(
            f"Flag {flag.key} is a {flag.flag_type} flag and used in {where}; this would make it a {wanted.flag_type} "
            "flag. Import into all of its environments at once, or archive and delete it first."
        )
    kept = [variant for variant in flag.variants if variant["key"] in _served(others)]
    _refuse_other_values(flag, kept, wanted.variants, where)
    keys = {variant["key"] for variant in wanted.variants}
    more = [variant for variant in kept if variant["key"] not in keys]
    return replace(wanted, variants=_ordered(flag.variants, [*wanted.variants, *more]))


def settles(standing: Sequence[Variant], wanted: Sequence[Variant]) -> list[Variant]:
    """The wanted variants, and those that stand until no config names them any more."""
    keys = {variant["key"] for variant in wanted}
    return [*wanted, *(variant for variant in standing if variant["key"] not in keys)]


def _ordered(standing: Sequence[Variant], wanted: Sequence[Variant]) -> list[Any]:
    """In the order that stands, what is new behind it: an import in another environment does not shuffle them."""
    places = {variant["key"]: at for at, variant in enumerate(standing)}
    return sorted(wanted, key=lambda variant: places.get(variant["key"], len(places)))


def _has_plain(flag: Flag) -> bool:
    """Whether the flag has the variant that a feature without variants serves."""
    return any(v["key"] == "on" and same(v["value"], _EMPTY.get(flag.flag_type)) for v in flag.variants)


def _typed(wanted: WantedFlag, flag: Flag) -> WantedFlag:
    """A feature without variants as a flag with values: on without one, and off without any."""
    plain = [variant for variant in flag.variants if variant["key"] == "on"]
    config = {**wanted.config, "serve": {"off": True}, "off_variant": ""}
    return replace(wanted, flag_type=flag.flag_type, variants=plain, config=config)


def _served(configs: Sequence[FlagConfig]) -> set[str]:
    """The variants that these configs name."""
    return {key for config in configs for keys in missing_variants(Flag(variants=[]), config).values() for key in keys}


def _refuse_other_values(flag: Flag, kept: Sequence[Variant], wanted: Sequence[Variant], where: str) -> None:
    values = {variant["key"]: variant["value"] for variant in wanted}
    for variant in kept:
        if variant["key"] in values and not same(values[variant["key"]], variant["value"]):
            raise UsedElsewhere(
                f"Variant {variant['key']} of flag {flag.key} has another value here, and {where} may serve it. "
                "Give the variant another name in Unleash, or change its value here first."
            )
