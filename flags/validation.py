"""What the fields of flags, configs and audiences may hold, and what they are stored as."""

from collections.abc import Iterator, Mapping
from typing import Any

from accounts.errors import Invalid
from accounts.json_values import problem_with, same
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
from flags.models import Flag, FlagConfig
from flags.rules import clean_audience_rules, clean_keys, clean_prerequisites, clean_rules, clean_targets
from flags.serves import MAX_VARIANTS, clean_default_serve, clean_key, percent, variants_in

MAX_TAGS = 20

_KINDS: dict[str, tuple[tuple[type, ...], str]] = {
    "string": ((str,), "text"),
    "number": ((int, float), "a number"),
    "object": ((dict, list), "a JSON object or array"),
}


class InvalidFlag(Invalid):
    """A flag, config or audience like this cannot be stored; `fields` names what is wrong."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__("Some of the input is not valid; see fields.", fields=fields)


def clean_definition(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a flag as they are stored, but for variants and owner. Raises InvalidFlag."""
    return _cleaned(given, _DEFINITION)


def clean_config(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of a config as they are stored. Raises InvalidFlag."""
    return _cleaned(given, _CONFIG)


def clean_audience(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an audience as they are stored. Raises InvalidFlag."""
    return _cleaned(given, _AUDIENCE)


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
    known = {variant["key"] for variant in flag.variants}
    missing = {field: [each for each in named if each not in known] for field, named in _named_variants(config)}
    return {field: variants for field, variants in missing.items() if variants}


def _cleaned(given: Mapping[str, Any], cleaners: Mapping[str, Cleaner]) -> dict[str, Any]:
    found, problems = clean_all(given, cleaners)
    if problems:
        raise InvalidFlag(problems)
    return found


def clean_tags(value: Any) -> list[str]:
    """Raises Wrong."""
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
        cleaners = {"key": clean_key, "value": clean_value, "name": _variant_name}
        return {name: part(name, cleaners[name], variant[name]) for name in cleaners if name in variant}

    if given is None:
        raise Wrong(f'A {flag_type} flag needs variants: a list of {{"key": …, "value": {kind}}}.')
    variants: list[dict[str, Any]] = each(clean, given, least=1, most=MAX_VARIANTS)
    refuse_repeated([variant["key"] for variant in variants], path=".key")
    return variants


def _named_variants(config: FlagConfig) -> Iterator[tuple[str, list[str]]]:
    yield "serve", variants_in(config.serve)
    yield "off_variant", [config.off_variant] if config.off_variant else []
    yield from ((f"targets.{at}.variant", [target["variant"]]) for at, target in enumerate(config.targets))
    yield from ((f"rules.{at}.serve", variants_in(rule["serve"])) for at, rule in enumerate(config.rules))


def _off_variant(value: Any) -> str:
    return "" if value in ("", None) else str(clean_key(value))


_tag = matching(r"[A-Za-z0-9._:-]{1,50}", "Use 1 to 50 letters, digits, dots, underscores, colons or hyphens.")
_variant_name = text(100)
_DEFINITION: dict[str, Cleaner] = {
    "key": clean_key,
    "name": text(200),
    "description": text(2000),
    "flag_type": one_of(Flag.Type.values),
    "tags": clean_tags,
    "purpose": one_of(Flag.Purpose.values),
    "is_temporary": boolean,
    "is_client_visible": boolean,
}
_CONFIG: dict[str, Cleaner] = {
    "is_enabled": boolean,
    "rollout_percentage": percent,
    "serve": clean_default_serve,
    "off_variant": _off_variant,
    "prerequisites": clean_prerequisites,
    "targets": clean_targets,
    "rules": clean_rules,
}
_AUDIENCE: dict[str, Cleaner] = {
    "key": clean_key,
    "name": text(200),
    "description": text(2000),
    "rules": clean_audience_rules,
    "included": clean_keys,
    "excluded": clean_keys,
}
