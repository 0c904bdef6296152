"""What the fields of a flag and of its configs may hold, and what they are stored as."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.errors import Invalid
from accounts.models import KEY_PATTERN
from flags.cleaners import (
    Cleaner,
    Wrong,
    boolean,
    clean_all,
    each,
    matching,
    one_of,
    part,
    refuse_repeated,
    require_parts,
    text,
)
from flags.documents import BOOLEAN_VARIANTS
from flags.json_values import problem_with, same
from flags.models import Flag, FlagConfig

MAX_VARIANTS = 50
MAX_TAGS = 20
STEP = Decimal("0.001")  # percent: one of the engine's 100,000 buckets

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "text"),
    "number": ((int, float), "a number"),
    "object": ((dict, list), "a JSON object or array"),
}


class InvalidFlag(Invalid):
    """A flag or config like this cannot be stored; `fields` names what is wrong."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__("Some of the input is not valid; see fields.", fields=fields)


def clean_definition(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a flag as they are stored, but for variants and owner. Raises InvalidFlag."""
    return _cleaned(given, _DEFINITION)


def clean_config(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a config as they are stored. Raises InvalidFlag."""
    return _cleaned(given, _CONFIG)


def clean_variants(flag_type: str, given: Any) -> list[dict[str, Any]]:
    """The variants of a flag of this type; None stands for the fixed ones of booleans. Raises InvalidFlag."""
    try:
        if flag_type in (Flag.Type.BOOLEAN, Flag.Type.PERCENTAGE):
            return _fixed_variants(given)
        return _typed_variants(flag_type, given)
    except Wrong as wrong:
        raise InvalidFlag({f"variants{wrong.path}": [wrong.sentence]}) from wrong


def missing_variants(flag: Flag, config: FlagConfig) -> dict[str, list[str]]:
    """Which variants this config names that the flag does not have, by field."""
    known = [variant["key"] for variant in flag.variants]
    named = {"serve": served_variants(config), "off_variant": [config.off_variant] if config.off_variant else []}
    missing = {field: [variant for variant in variants if variant not in known] for field, variants in named.items()}
    return {field: variants for field, variants in missing.items() if variants}


def served_variants(config: FlagConfig) -> list[str]:
    """The variants that this config names to serve while the flag is on."""
    if "split" in config.serve:
        return [arm["variant"] for arm in config.serve["split"]]
    return list(config.serve.values())


def percent(value: Any) -> Decimal:
    """0 to 100 in steps of 0.001; a number, not text. Raises Wrong."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Wrong("Give a number.")
    exact = Decimal(str(value))
    if not (exact.is_finite() and 0 <= exact <= 100):
        raise Wrong("Give a number from 0 to 100.")
    stepped = exact.quantize(STEP)
    if exact != stepped:
        raise Wrong("Give a percentage in steps of 0.001.")
    return abs(stepped)  # there is no -0


def number_of(percentage: Decimal) -> int | float:
    """The percentage as people and JSON write it: 30, 12.5."""
    return int(percentage) if percentage == int(percentage) else float(percentage)


def _cleaned(given: Mapping[str, Any], cleaners: Mapping[str, Cleaner]) -> dict[str, Any]:
    found, problems = clean_all(given, cleaners)
    if problems:
        raise InvalidFlag(problems)
    return found


def _tags(value: Any) -> list[str]:
    tags: list[str] = each(_tag, value, least=0, most=MAX_TAGS)
    refuse_repeated(tags)
    return tags


def _fixed_variants(given: Any) -> list[dict[str, Any]]:
    fixed = [dict(variant) for variant in BOOLEAN_VARIANTS]
    if given is not None and not any(same(given, order) for order in (fixed, fixed[::-1])):
        raise Wrong("Boolean and percentage flags always have the variants on and off; leave variants out.")
    return fixed


def _typed_variants(flag_type: str, given: Any) -> list[dict[str, Any]]:
    types, kind = _KINDS[flag_type]

    def clean_value(value: Any) -> Any:
        if not isinstance(value, types) or isinstance(value, bool):
            raise Wrong(f"The value of each variant of a {flag_type} flag is {kind}.")
        if problem := problem_with(value):
            raise Wrong(problem)
        return value

    def clean(variant: Any) -> dict[str, Any]:
        require_parts(variant, "key", "value", optional=["name"])
        cleaners = {"key": _key, "value": clean_value, "name": _variant_name}
        return {name: part(name, cleaners[name], variant[name]) for name in cleaners if name in variant}

    if given is None:
        raise Wrong(f'A {flag_type} flag needs variants: a list of {{"key": …, "value": {kind}}}.')
    variants: list[dict[str, Any]] = each(clean, given, least=1, most=MAX_VARIANTS)
    refuse_repeated([variant["key"] for variant in variants], path=".key")
    return variants


def _serve(value: Any) -> dict[str, Any]:
    if value == {}:
        return {}
    if not isinstance(value, dict) or list(value) not in (["variant"], ["split"]):
        raise Wrong('Give {"variant": …}, {"split": [{"variant": …, "weight": …}, …]} or {}.')
    return {name: part(name, _key if name == "variant" else _split, given) for name, given in value.items()}


def _split(value: Any) -> list[dict[str, Any]]:
    arms: list[tuple[str, Decimal]] = each(_arm, value, least=1, most=MAX_VARIANTS)
    refuse_repeated([variant for variant, _ in arms], path=".variant")
    total = sum((weight for _, weight in arms), Decimal(0))
    if total != 100:
        raise Wrong(f"The weights must sum to 100; these sum to {number_of(total)}.")
    return [{"variant": variant, "weight": number_of(weight)} for variant, weight in arms]


def _arm(value: Any) -> tuple[str, Decimal]:
    require_parts(value, "variant", "weight")
    return part("variant", _key, value["variant"]), part("weight", percent, value["weight"])


def _off_variant(value: Any) -> str:
    return "" if value in ("", None) else str(_key(value))


_key = matching(KEY_PATTERN, "Use 1 to 100 letters, digits, dots, underscores or hyphens.")
_tag = matching(r"[A-Za-z0-9._:-]{1,50}", "Use 1 to 50 letters, digits, dots, underscores, colons or hyphens.")
_variant_name = text(100)
_DEFINITION: dict[str, Cleaner] = {
    "key": _key,
    "name": text(200),
    "description": text(2000),
    "flag_type": one_of(Flag.Type.values),
    "tags": _tags,
    "purpose": one_of(Flag.Purpose.values),
    "is_temporary": boolean,
}
_CONFIG: dict[str, Cleaner] = {
    "is_enabled": boolean,
    "rollout_percentage": percent,
    "serve": _serve,
    "off_variant": _off_variant,
}
