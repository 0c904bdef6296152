"""An experiment: who takes part in it, and which variant each of its buckets has.

    {"schema": 1, "kind": "experiment", "key": "button-color", "id": "…", "name": "Button color",
     "salt": "…", "algorithm": "xxh64", "audience": "beta-testers" | null,
     "rules": [{"id": "eu", "conditions": […]}, …],
     "holdouts": [{"key": "2026", "salt": "…", "ranges": [[0, 499]]}],
     "layer": {"key": "checkout", "salt": "…", "ranges": [[0, 4999]]} | null,
     "variants": [{"key": "control", "id": "…", "payload": {…}}, …],
     "allocations": [{"variant": "control", "ranges": [[0, 4999]]}, …], "flag": "checkout" | null}

Ranges count 10,000 buckets and include both of their ends. A subject takes part who has an id, is in the audience,
matches one of the rules (none: everyone), is in none of the holdouts and inside the layer's ranges, each counted by a
salt of its own, and whose bucket has a variant. An experiment is evaluated as a flag of objects, or as a part of the
flag it is on.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flagkit.engine.algorithms import NATIVE, algorithm
from flagkit.engine.compiled import CompiledFlag, compile_flag, parsed
from flagkit.engine.documents import BrokenDocument, mapping, only, sequence, shown, text
from flagkit.engine.flags import SCHEMA
from flagkit.engine.serving import gaps

KIND = "experiment"
BUCKETS = 10_000

Document = Mapping[str, Any]
Range = tuple[int, int]
_FIELDS = frozenset({"schema", "kind", "key", "id", "name", "salt", "algorithm", "audience", "rules", "flag"}) | {
    "holdouts",
    "layer",
    "variants",
    "allocations",
}
_RULE = frozenset({"id", "name", "description", "when", "conditions"})
_VARIANT = frozenset({"key", "id", "payload"})


def compile_experiment(document: Document | str | bytes) -> CompiledFlag:
    """The experiment as the flag that decides it. Raises BrokenDocument with a sentence where it cannot."""
    return compile_flag(flag_document(parsed(document)))


def flag_document(document: Document) -> dict[str, Any]:
    """The experiment as a flag of objects: on, with nothing to serve to those who do not take part."""
    rule = rule_of(document)
    return {
        "schema": SCHEMA,
        "key": text(document, "key"),
        "type": "object",
        "enabled": True,
        "variants": [{"key": each["key"], "value": each["payload"]} for each in document["variants"]],
        "off_variant": None,
        "experiment": rule,
        "serve": {"off": True},
    }


def rule_of(document: Document) -> dict[str, Any]:
    """The experiment as the part of a flag that is asked before the flag's rules."""
    try:
        only(mapping(document, "an experiment"), _FIELDS, "an experiment")
        if document["schema"] != SCHEMA:
            raise BrokenDocument(f"schema {shown(document['schema'])} is not known to this version")
        text(document, "id")
        if document.get("flag") is not None:
            text(document, "flag")
        for variant in sequence(document, "variants"):
            _refuse_nameless(variant)
        return _rule(document)
    except BrokenDocument:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenDocument(f"the document is not of the form it should have ({error!r})") from error


def half_open(ranges: Iterable[Sequence[int]]) -> list[list[int]]:
    """Ranges that include both ends as the engine counts them."""
    found = [[first, last + 1] for first, last in ranges]
    if any(type(edge) is not int for pair in found for edge in pair):
        raise BrokenDocument(f"ranges are pairs of whole numbers, not {shown(ranges)}")
    return found


def size_of(ranges: Iterable[Sequence[int]]) -> int:
    """How many buckets there are in ranges that include both ends."""
    return sum(last - first + 1 for first, last in ranges)


def _refuse_nameless(variant: object) -> None:
    """An assignment carries key, id and payload of its variant."""
    variant = mapping(variant, "a variant")
    only(variant, _VARIANT, "a variant")
    text(variant, "id")
    mapping(variant["payload"], f"the payload of variant {text(variant, 'key')}")


def _rule(document: Document) -> dict[str, Any]:
    name = str(document.get("algorithm") or NATIVE)
    dial = {"salt": document["salt"], "algorithm": name, **_unit(name)}
    arms = [
        {"variant": each["variant"], "ranges": _scaled(half_open(each["ranges"]), name)}
        for each in sequence(document, "allocations")
    ]
    return {
        "id": text(document, "key"),
        "name": document.get("name") or document["key"],
        "when": _condition(document),
        "gates": [*_holdouts(document), *_layer(document), _taken(dial, arms)],
        "serve": {"split": {**dial, "is_partial": True, "arms": arms}},
    }


def _condition(document: Document) -> dict[str, Any]:
    """In the audience, and one of the rules."""
    parts: list[Any] = []
    if document.get("audience"):
        parts.append({"operator": "in_audience", "value": document["audience"]})
    if document.get("rules"):
        parts.append({"any": [_when(mapping(rule, "a rule")) for rule in sequence(document, "rules")]})
    return {"all": parts}


def _when(rule: Document) -> Any:
    only(rule, _RULE, "a rule of an experiment")
    if "when" in rule and "conditions" in rule:
        raise BrokenDocument("a rule says when or conditions, not both")
    return rule["when"] if "when" in rule else {"all": rule.get("conditions", [])}


def _holdouts(document: Document) -> list[dict[str, Any]]:
    """Gates that let everybody through but those who are held out."""
    return [
        {
            "holdout": each["key"],
            "salt": each["salt"],
            "buckets": BUCKETS,
            "ranges": [list(pair) for pair in gaps([(low, high) for low, high in half_open(each["ranges"])], BUCKETS)],
        }
        for each in sequence(document, "holdouts")
    ]


def _layer(document: Document) -> list[dict[str, Any]]:
    layer = document.get("layer")
    if layer is None:
        return []
    ranges = half_open(layer["ranges"])
    return [{"layer": layer["key"], "salt": layer["salt"], "buckets": BUCKETS, "ranges": ranges}]


def _taken(dial: Document, arms: Sequence[Document]) -> dict[str, Any]:
    """A gate for the buckets that have a variant: nobody else, and nobody without an id, is in the experiment."""
    return {**dial, "ranges": sorted(pair for arm in arms for pair in arm["ranges"])}


def _unit(name: str) -> dict[str, int]:
    """How many buckets there are, where the algorithm leaves that open."""
    return {"buckets": BUCKETS} if algorithm(name).full is None else {}


def _scaled(ranges: list[list[int]], name: str) -> list[list[Any]]:
    """The ranges in the unit that the algorithm counts."""
    full = algorithm(name).full or BUCKETS
    return ranges if full == BUCKETS else [[low * full / BUCKETS, high * full / BUCKETS] for low, high in ranges]
