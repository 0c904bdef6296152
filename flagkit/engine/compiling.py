"""From documents to a ruleset, and what is wrong with them. A flag's document:

    {"schema": 1, "key": "checkout", "type": "boolean" | "string" | "number" | "object", "enabled": true,
     "variants": [{"key": "on", "value": true}, …], "off_variant": "off" | null,
     "prerequisites": [{"flag": "parent", "variants": ["on"]} | {"flag": "parent", "enabled": true}],
     "targets": [{"variant": "on", "keys": ["alice"], "by": "targeting_key"}],
     "experiment": {a rule, asked before the others},
     "rules": [{"id": "eu", "name": "Europeans", "when": {a condition}, "gates": [{a gate}],
                "on_gate_miss": "next" | "default" | "off", "active_from": "2026-11-21T09:00:00Z",
                "active_until": null, "serve": {…}}],
     "serve": {"variant": "on"} | {"off": true}
            | {"rollout": {"salt": "…", "ranges": [[0, 30000]], "variant": "on", "otherwise": "off"}}
            | {"split": {"salt": "…", "arms": [{"variant": "a", "ranges": [[0, 50000]]}, …]}}}

`conditions.py` has the form of a condition, `serving.py` that of a serve and of a gate, `audiences.py` that of an
audience.
"""

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from flagkit.engine.audiences import KIND, Audience, compile_audience
from flagkit.engine.compiled import CompiledFlag, broken_flag, compile_flag
from flagkit.engine.cycles import circular
from flagkit.engine.documents import BrokenDocument
from flagkit.engine.flags import SCHEMA
from flagkit.engine.flat import Pool
from flagkit.engine.ruleset import Ruleset

__all__ = [
    "SCHEMA",
    "BrokenDocument",
    "CompiledFlag",
    "Problem",
    "broken_flag",
    "compile_audience",
    "compile_flag",
    "compile_ruleset",
]


class Problem(NamedTuple):
    """Why a flag or an audience cannot be evaluated, as a sentence for the person who edits it."""

    flag: str
    message: str


def compile_ruleset(documents: Iterable[Mapping[str, Any]]) -> tuple[Ruleset, list[Problem]]:
    """Compile flags and audiences. A broken one answers ERROR, or has nobody in it, and leaves the others untouched.

    Prerequisites and audiences that lead back to themselves are problems of each document on the circle.
    """
    flags: dict[str, CompiledFlag] = {}
    audiences: dict[str, Audience] = {}
    problems: list[Problem] = []
    pool: Pool = {}
    for document in documents:
        key = str(document.get("key")) if isinstance(document, Mapping) else "?"
        try:
            if isinstance(document, Mapping) and document.get("kind") == KIND:
                audiences[key] = compile_audience(document)
            else:
                flags[key] = compile_flag(document, pool)
        except BrokenDocument as error:
            problems.append(Problem(key, str(error)))
            if not isinstance(document, Mapping) or document.get("kind") != KIND:
                flags[key] = broken_flag(key, str(error))
    return Ruleset(flags, audiences), [*problems, *_circles(flags, audiences)]


def _circles(flags: Mapping[str, CompiledFlag], audiences: Mapping[str, Audience]) -> list[Problem]:
    parents = {}
    for key, flag in flags.items():
        if isinstance(flag.source, Mapping) and flag.source.get("prerequisites"):
            parents[key] = [entry["flag"] for entry in flag.source["prerequisites"]]
    nested = {key: audience.asks for key, audience in audiences.items() if audience.asks}
    return [
        *(
            Problem(key, f"its prerequisites lead back to itself: {' → '.join(way)}")
            for key, way in circular(parents).items()
        ),
        *(Problem(key, f"its rules lead back to itself: {' → '.join(way)}") for key, way in circular(nested).items()),
    ]
