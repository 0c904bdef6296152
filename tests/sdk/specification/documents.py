"""The flags that the scenarios ask about, as documents of ours: the suite's own ones, and one that it leaves to us."""

import json
from collections.abc import Mapping
from typing import Any

from flagkit.tests.documents import about, flag, rule
from tests.sdk.specification.reading import SUITE

_TYPES = {bool: "boolean", str: "string", int: "number", float: "number", dict: "object"}
_BALLMER = about("in", ["ballmer@macrosoft.com"], attribute="email")
_CONDITIONS = {
    "email == 'ballmer@macrosoft.com' ? 'zero' : ''": (_BALLMER, "zero"),
    "!customer && email == 'ballmer@macrosoft.com' && age > 10 ? 'internal' : ''": (
        {"all": [about("in", [False], attribute="customer"), _BALLMER, about("gt", 10, attribute="age")]},
        "internal",
    ),
}
_SOMEBODY = {"fn": "Sulisław", "ln": "Świętopełk", "age": 29, "customer": False}


def documents() -> list[dict[str, Any]]:
    given = json.loads((SUITE / "test-flags.json").read_text())
    return [*(_document(key, each) for key, each in given.items() if each.get("defaultVariant")), _context_aware()]


def _document(key: str, given: Mapping[str, Any]) -> dict[str, Any]:
    """The suite's flags give the caller's default while they are off."""
    return flag(
        key,
        type=_TYPES[type(next(iter(given["variants"].values())))],
        variants=_variants(given["variants"]),
        enabled=not given.get("disabled", False),
        off_variant=None,
        rules=[_rule(given["contextEvaluator"])] if "contextEvaluator" in given else [],
        serve={"variant": given["defaultVariant"]},
    )


def _rule(expression: str) -> dict[str, Any]:
    condition, variant = _CONDITIONS[expression]
    return rule(condition, serve={"variant": variant})


def _context_aware() -> dict[str, Any]:
    conditions = [about("in", [value], attribute=name) for name, value in _SOMEBODY.items()]
    variants = {"internal": "INTERNAL", "external": "EXTERNAL"}
    internal = rule({"all": conditions}, serve={"variant": "internal"})
    return flag(
        "context-aware",
        type="string",
        variants=_variants(variants),
        off_variant=None,
        rules=[internal],
        serve={"variant": "external"},
    )


def _variants(given: Mapping[str, Any]) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in given.items()]
