"""From a flag's document to the flag that answers: everything is checked and prepared here, once per revision.

A flag's document:

    {"schema": 1, "key": "checkout", "type": "boolean" | "string" | "number" | "object", "enabled": true,
     "variants": [{"key": "on", "value": true}, …], "off_variant": "off" | null,
     "prerequisites": [], "targets": [], "rules": [],
     "serve": {"variant": "on"}
            | {"rollout": {"salt": "…", "ranges": [[0, 30000]], "variant": "on", "otherwise": "off"}}
            | {"split": {"salt": "…", "arms": [{"variant": "a", "ranges": [[0, 50000]]}, …]}}}

Ranges are half-open and count buckets of 0.001 %, 0 … 100,000. The arms of a split cover all of them.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from flagkit.engine.bucketing import BUCKETS, seed_of, threshold
from flagkit.engine.outcome import ErrorCode, Outcome, Reason
from flagkit.engine.ruleset import CompiledFlag, Ruleset

SCHEMA = 1
_TYPES: dict[str, tuple[type, ...]] = {
    "boolean": (bool,),
    "string": (str,),
    "number": (int, float),
    "object": (dict, list),
}


@dataclass(frozen=True, slots=True)
class Problem:
    """Why a flag cannot be evaluated, as a sentence for the person who edits it."""

    flag: str
    message: str


class BrokenDocument(ValueError):
    """The document does not describe a flag that could answer."""


def compile_ruleset(documents: Iterable[Mapping[str, Any]]) -> tuple[Ruleset, list[Problem]]:
    """Compile all flags. A broken one answers ERROR with the caller's default and leaves the others untouched."""
    flags: dict[str, CompiledFlag] = {}
    problems: list[Problem] = []
    for document in documents:
        key = str(document.get("key")) if isinstance(document, Mapping) else "?"
        try:
            flags[key] = compile_flag(document)
        except BrokenDocument as error:
            problems.append(Problem(key, str(error)))
            flags[key] = broken_flag(key, str(error))
    return Ruleset(flags), problems


def broken_flag(key: str, why: str) -> CompiledFlag:
    """A flag that answers with the caller's default and says what is wrong with it."""
    return CompiledFlag(
        Outcome(key, None, None, False, Reason.ERROR, f"flag {key} is broken: {why}", ErrorCode.PARSE_ERROR)
    )


def compile_flag(document: Mapping[str, Any]) -> CompiledFlag:
    """Compile one flag. Raises BrokenDocument with a sentence when the document cannot answer."""
    try:
        return _Flag(document).compiled()
    except BrokenDocument:
        raise
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise BrokenDocument(f"the document is not of the form it should have ({error!r})") from error


class _Flag:
    """The parts of a document while it is being compiled."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        if document["schema"] != SCHEMA:
            raise BrokenDocument(f"schema {document['schema']} is not known to this version")
        if document["prerequisites"] or document["targets"] or document["rules"]:
            raise BrokenDocument("prerequisites, targets and rules are not known to this version")
        self.document = document
        self.key: str = document["key"]
        self.boolean = document["type"] == "boolean"
        self.values = _values(document)

    def compiled(self) -> CompiledFlag:
        off = self._off()
        if not self.document["enabled"]:
            return CompiledFlag(off)
        (kind, serve), *more = self.document["serve"].items()
        if more or kind not in ("variant", "rollout", "split"):
            raise BrokenDocument("serve is one of variant, rollout or split")
        if kind == "variant":
            return CompiledFlag(self._outcome(serve, Reason.STATIC, f"flag is on and serves {serve} to everyone"))
        return self._rollout(serve) if kind == "rollout" else self._split(serve)

    def _off(self) -> Outcome:
        variant = self.document["off_variant"]
        detail = "flag is off"
        if variant is None:
            return Outcome(self.key, None, None, False, Reason.DISABLED, detail)
        return Outcome(self.key, self._value(variant), variant, False, Reason.DISABLED, detail)

    def _rollout(self, serve: Mapping[str, Any]) -> CompiledFlag:
        inside, outside = serve["variant"], serve["otherwise"]
        share = sum(hi - lo for lo, hi in serve["ranges"]) * 100 / BUCKETS
        within = self._outcome(inside, Reason.SPLIT, f"user bucket {{bucket}} is within the {share:g} % rollout")
        without = self._outcome(outside, Reason.SPLIT, f"user bucket {{bucket}} is outside of the {share:g} % rollout")
        ranges = [(lo, hi, within) for lo, hi in serve["ranges"]]
        return self._bucketed(serve["salt"], [*ranges, *((lo, hi, without) for lo, hi in _gaps(ranges))])

    def _split(self, serve: Mapping[str, Any]) -> CompiledFlag:
        ranges = [
            (lo, hi, outcome)
            for arm in serve["arms"]
            for outcome in [self._outcome(arm["variant"], Reason.SPLIT, self._arm_detail(arm))]
            for lo, hi in arm["ranges"]
        ]
        if _gaps(ranges):
            raise BrokenDocument("the arms of the split do not cover all users")
        return self._bucketed(serve["salt"], ranges)

    def _arm_detail(self, arm: Mapping[str, Any]) -> str:
        share = sum(hi - lo for lo, hi in arm["ranges"]) * 100 / BUCKETS
        return f"user bucket {{bucket}} is in the {share:g} % that get {arm['variant']}"

    def _bucketed(self, salt: str, ranges: list[tuple[int, int, Outcome]]) -> CompiledFlag:
        ordered = sorted(ranges, key=lambda r: r[0])
        arms = tuple((threshold(hi), outcome) for _, hi, outcome in ordered)
        return CompiledFlag(None, seed_of(salt), arms, self._keyless())

    def _keyless(self) -> Outcome:
        off = self._off()
        detail = "flag needs a user id to pick a bucket and none was given"
        return Outcome(self.key, off.value, off.variant, False, Reason.ERROR, detail, ErrorCode.TARGETING_KEY_MISSING)

    def _outcome(self, variant: str, reason: Reason, detail: str) -> Outcome:
        value = self._value(variant)
        return Outcome(self.key, value, variant, value if self.boolean else True, reason, detail)

    def _value(self, variant: str) -> Any:
        if variant not in self.values:
            raise BrokenDocument(f"variant {variant} does not exist; the flag has {', '.join(self.values)}")
        return self.values[variant]


def _values(document: Mapping[str, Any]) -> dict[str, Any]:
    """Variant values by key, each of the flag's type."""
    kind = document["type"]
    if kind not in _TYPES:
        raise BrokenDocument(f"type {kind} is not one of {', '.join(_TYPES)}")
    values: dict[str, Any] = {}
    for variant in document["variants"]:
        key, value = variant["key"], variant["value"]
        if not isinstance(value, _TYPES[kind]) or (kind == "number" and isinstance(value, bool)):
            raise BrokenDocument(f"the value of variant {key} is not of type {kind}")
        if key in values:
            raise BrokenDocument(f"variant {key} is there twice")
        values[key] = value
    if not values:
        raise BrokenDocument("a flag needs at least one variant")
    return values


def _gaps(ranges: Iterable[tuple[int, int, Outcome]]) -> list[tuple[int, int]]:
    """The stretches of 0 … 100,000 that no range covers; BrokenDocument when two overlap or one is out of bounds."""
    gaps = []
    at = 0
    for lo, hi, _ in sorted((lo, hi, id(o)) for lo, hi, o in ranges):
        if not (at <= lo <= hi <= BUCKETS):
            raise BrokenDocument("bucket ranges overlap or lie outside of 0 to 100,000")
        if lo > at:
            gaps.append((at, lo))
        at = hi
    return [*gaps, (at, BUCKETS)] if at < BUCKETS else gaps
