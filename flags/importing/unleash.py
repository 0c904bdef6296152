"""From what Unleash tells its clients (`unleash_documents.py` reads it) to documents of our engine.

A feature becomes a flag whose rules are its strategies, a segment an audience `segment-<id>`. Buckets are kept:
rollouts and variants go on with Unleash's own hash, salted as there. Field by field after the published client
specification (Unleash/client-specification, Apache-2.0).
"""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from flagkit.engine import attributes
from flags.importing.unleash_constraints import NEVER, address_condition, attribute_of, condition_of
from flags.importing.unleash_variants import Variants

Feature = Mapping[str, Any]
_ROLLOUTS = {"gradualRolloutUserId": "userId", "gradualRolloutSessionId": "sessionId", "gradualRolloutRandom": "random"}
_ID = [attributes.TARGETING_KEY, "sessionId"]


@dataclass(frozen=True, slots=True)
class Note:
    """What of a feature or segment is not as it was, as a sentence."""

    name: str
    sentence: str


@dataclass(slots=True)
class Translation:
    """Documents of flags and audiences; `variants` has the keys of each feature's variants."""

    flags: list[dict[str, Any]] = field(default_factory=list)
    audiences: list[dict[str, Any]] = field(default_factory=list)
    variants: dict[str, Variants] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


def translate(export: Mapping[str, Any]) -> Translation:
    """The documents of features and segments as `unleash_documents.read` gives them."""
    features = {feature["name"]: feature for feature in export.get("features") or ()}
    segments = {segment["id"]: segment for segment in export.get("segments") or ()}
    found = Translation(variants={name: Variants(feature) for name, feature in features.items()})
    for segment in segments.values():
        found.audiences.append(_audience(segment, _noting(found, f"segment {segment['id']}")))
    for feature in features.values():
        found.flags.append(_Feature(feature, features, segments, found).document())
    return found


class _Feature:
    """One feature on its way to a flag."""

    def __init__(
        self,
        feature: Feature,
        features: Mapping[str, Feature],
        segments: Collection[object],
        found: Translation,
    ) -> None:
        self.feature = feature
        self.features = features
        self.segments = segments
        self.all_variants = found.variants
        self.variants = found.variants[feature["name"]]
        self.note = _noting(found, feature["name"])

    def document(self) -> dict[str, Any]:
        for sentence in self.variants.renamed:
            self.note(sentence)
        strategies = list(self.feature.get("strategies") or ())
        living = [strategy for strategy in strategies if not strategy.get("disabled")]
        rules = [rule for at, strategy in enumerate(living, 1) for rule in self._rules(f"strategy-{at}", strategy)]
        if not strategies:
            rules = self._rules("always", {"name": "default"})
        unmet = next(self._never_met(), None)
        if unmet:
            self.note(f"Unleash keeps it off because {unmet}; it is off here, without what it depends on")
        return {
            "schema": 1,
            "key": self.feature["name"],
            "type": self.variants.type,
            "enabled": bool(self.feature["enabled"]) and not unmet,
            "variants": self.variants.documents(),
            "off_variant": self.variants.off,
            "prerequisites": [] if unmet else [self._prerequisite(entry) for entry in self._dependencies()],
            "targets": [],
            "rules": rules,
            "serve": {"off": True} if self.variants.off is None else {"variant": self.variants.off},
        }

    def _rules(self, identity: str, strategy: Mapping[str, Any]) -> list[dict[str, Any]]:
        """The rule of a strategy, and before it one for each variant that some subjects get in any case."""
        conditions = [*self._conditions(strategy), *self._own_condition(strategy)]
        gates = self._gates(strategy)
        own = strategy.get("variants") or ()
        variants = [variant for variant in own or self.feature.get("variants") or () if variant["weight"] > 0]
        overrides = [(variant, override) for variant in variants for override in variant.get("overrides") or ()]
        rules = [
            {
                "id": f"{identity}-override-{at}",
                "when": {"all": [*conditions, _override(override)]},
                "gates": gates,
                "serve": {"variant": self.variants.key(variant)},
            }
            for at, (variant, override) in enumerate(overrides, 1)
        ]
        serve = self._serve(variants, strategy if own else None)
        return [*rules, {"id": identity, "when": {"all": conditions}, "gates": gates, "serve": serve}]

    def _conditions(self, strategy: Mapping[str, Any]) -> Iterable[dict[str, Any]]:
        for constraint in strategy.get("constraints") or ():
            condition, why = condition_of(constraint)
            if why:
                self.note(why)
            yield condition
        for segment in strategy.get("segments") or ():
            if segment in self.segments:
                yield {"operator": "in_audience", "value": audience_key(segment)}
            else:
                self.note(f"segment {segment} is not there, so what asks for it never matches")
                yield NEVER

    def _own_condition(self, strategy: Mapping[str, Any]) -> list[dict[str, Any]]:
        parameters = strategy.get("parameters") or {}
        match strategy["name"]:
            case "default" | "flexibleRollout":
                return []
            case "userWithId":
                users = _split(parameters.get("userIds"))
                return [{"attribute": attributes.TARGETING_KEY, "operator": "in", "value": users}]
            case "remoteAddress":
                return [address_condition(_split(parameters.get("IPs")))]
            case name if name in _ROLLOUTS:
                return []
        self.note(f"the strategy {strategy['name']} has no counterpart, so it never matches")
        return [NEVER]

    def _gates(self, strategy: Mapping[str, Any]) -> list[dict[str, Any]]:
        parameters = strategy.get("parameters") or {}
        if strategy["name"] == "flexibleRollout":
            percent, sticky = parameters.get("rollout", 100), parameters.get("stickiness") or "default"
        elif strategy["name"] in _ROLLOUTS:
            percent, sticky = parameters.get("percentage", 0), _ROLLOUTS[strategy["name"]]
        else:
            return []
        share = self._share(percent)
        if sticky == "random" and 0 < share < 100:
            self.note("a rollout was random for each request; it is by the user now, so everyone keeps their answer")
        if share == 100 and sticky in ("default", "random"):
            return []
        salt = str(parameters.get("groupId") or self.feature["name"])
        return [{"algorithm": "unleash", "salt": salt, "by": _sticky_by(sticky), "ranges": [[0, share]]}]

    def _share(self, percent: object) -> int:
        try:
            return min(100, max(0, int(float(str(percent)))))
        except (ValueError, OverflowError):
            self.note(f"a rollout of {percent} is no percentage, so it is for nobody")
            return 0

    def _serve(self, variants: Sequence[Mapping[str, Any]], strategy: Mapping[str, Any] | None) -> dict[str, Any]:
        if len(variants) < 2:
            return {"variant": self.variants.key(variants[0]) if variants else self.variants.plain}
        parameters = (strategy or {}).get("parameters") or {}
        sticky = variants[0].get("stickiness") or parameters.get("stickiness") or "default"
        if sticky == "random":
            self.note("variants were random for each request; they are by the user now, so everyone keeps theirs")
        arms, at = [], 0
        for variant in variants:
            arms.append({"variant": self.variants.key(variant), "ranges": [[at, at + variant["weight"]]]})
            at += variant["weight"]
        split = {
            "algorithm": "unleash-variant",
            "salt": str(parameters.get("groupId") or self.feature["name"]),
            "by": _sticky_by(sticky),
            "buckets": at,
            "arms": arms,
            "without_id": arms[0]["variant"],
        }
        return {"split": split}

    def _prerequisite(self, entry: Mapping[str, Any]) -> dict[str, Any]:
        parent, names = entry["feature"], entry.get("variants") or ()
        if not names or entry.get("enabled") is False:
            return {"flag": parent, "enabled": entry.get("enabled", True)}
        known = self.all_variants[parent]
        return {"flag": parent, "variants": [key for name in names for key in known.keys_named(name)]}

    def _never_met(self) -> Iterator[str]:
        """Why what the feature depends on can never be so, in Unleash or here."""
        for entry in self._dependencies():
            parent = entry["feature"]
            if parent not in self.features:
                yield f"{parent}, which it depends on, does not exist"
            elif self.features[parent].get("dependencies"):
                yield f"{parent}, which it depends on, depends on others itself"
            elif self._prerequisite(entry).get("variants") == []:
                yield f"{parent}, which it depends on, has no variant {', '.join(entry['variants'])}"

    def _dependencies(self) -> Sequence[Mapping[str, Any]]:
        return self.feature.get("dependencies") or ()


def audience_key(segment: object) -> str:
    """The key of the audience that a segment becomes."""
    return f"segment-{segment}"


def _audience(segment: Mapping[str, Any], note: Callable[[str], None]) -> dict[str, Any]:
    conditions = []
    for constraint in segment.get("constraints") or ():
        condition, why = condition_of(constraint)
        if why:
            note(why)
        conditions.append(condition)
    return {
        "schema": 1,
        "kind": "audience",
        "key": audience_key(segment["id"]),
        "name": str(segment.get("name") or f"Segment {segment['id']}"),
        "included": [],
        "excluded": [],
        "rules": [{"id": "constraints", "when": {"all": conditions}}],
    }


def _override(override: Mapping[str, Any]) -> dict[str, Any]:
    return {"attribute": attribute_of(override["contextName"]), "operator": "in", "value": list(override["values"])}


def _sticky_by(sticky: str) -> list[str]:
    return list(_ID) if sticky in ("default", "random") else [attribute_of(sticky)]


def _split(listed: object) -> list[str]:
    return [part.strip() for part in str(listed or "").split(",") if part.strip()]


def _noting(found: Translation, name: str) -> Callable[[str], None]:
    return lambda sentence: found.notes.append(Note(name, sentence))
