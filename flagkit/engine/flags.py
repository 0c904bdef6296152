"""From a flag's document to the flag that decides: everything is checked and prepared here."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from flagkit.engine import attributes, serving
from flagkit.engine.conditions import compile_condition
from flagkit.engine.dates import wanted_instant
from flagkit.engine.documents import BrokenDocument, flag_of, mapping, only, sequence, shown, text
from flagkit.engine.model import Flag, Prerequisite, Rule, Target
from flagkit.engine.outcome import ErrorCode, Outcome, Reason
from flagkit.engine.outcomes import NEITHER, Decider, Outcomes
from flagkit.engine.serving import Fixed, Serve

SCHEMA = 1
_RULE = frozenset(
    ["id", "name", "description", "when", "conditions", "gates", "on_gate_miss", "active_from", "active_until", "serve"]
)
_SERVES = frozenset({"variant", "off", "rollout", "split"})
_MISSES = ("next", "default", "off")
_NO_ID = "flag needs a user id to pick a bucket and none was given"


def build_flag(document: Mapping[str, Any], known: Iterable[Outcome] = ()) -> Flag:
    """The flag of a document. Raises BrokenDocument with a sentence when the document cannot answer."""
    try:
        return _Builder(mapping(document, "a flag"), known).flag()
    except BrokenDocument:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError, OverflowError) as error:
        raise BrokenDocument(f"the document is not of the form it should have ({error!r})") from error


class _Builder:
    """The parts of a document while they become a flag."""

    def __init__(self, document: Mapping[str, Any], known: Iterable[Outcome]) -> None:
        if document["schema"] != SCHEMA:
            raise BrokenDocument(f"schema {shown(document['schema'])} is not known to this version")
        self.document = document
        self.outcomes = Outcomes(document, known)
        self.rule_documents: list[tuple[Mapping[str, Any], Reason | None]] = [
            *([(mapping(document["experiment"], "experiment"), Reason.SPLIT)] if document.get("experiment") else []),
            *((mapping(rule, "a rule"), None) for rule in sequence(document, "rules")),
        ]

    def flag(self) -> Flag:
        document = self.document
        off = Fixed(self.outcomes.off(Reason.DISABLED, "flag is off"))
        circular = f"flag {document['key']} is broken: its prerequisites lead back to itself"
        prerequisites = tuple(self._prerequisite(entry) for entry in sequence(document, "prerequisites"))
        targets = self._targets(sequence(document, "targets"))
        default = self._default(bool(prerequisites or targets or self.rule_documents))
        rules = tuple(self._rule(at, rule, reason, default) for at, (rule, reason) in enumerate(self.rule_documents))
        enabled = document["enabled"]
        if not isinstance(enabled, bool):
            raise BrokenDocument(f"enabled has to be true or false, not {shown(enabled)}")
        return Flag(
            key=self.outcomes.flag,
            document=document,
            off=None if enabled else off,
            circular=Fixed(self.outcomes.error(circular, ErrorCode.PARSE_ERROR)) if prerequisites else off,
            prerequisites=prerequisites,
            targets=targets,
            rules=rules,
            serve=default,
            outcomes=self.outcomes.all(),
        )

    def _prerequisite(self, entry: object) -> Prerequisite:
        entry = mapping(entry, "a prerequisite")
        only(entry, frozenset({"flag", "variants", "enabled"}), "a prerequisite")
        key, enabled = text(entry, "flag"), entry.get("enabled")
        variants = frozenset(sequence(entry, "variants")) if "variants" in entry else None
        if variants is None and not isinstance(enabled, bool):
            raise BrokenDocument(f"the prerequisite {key} has to name variants, or say enabled true or false")
        unmet = self.outcomes.off(Reason.DISABLED, f"flag is off because its prerequisite {key} is not met")
        return Prerequisite(key, variants, enabled, Fixed(unmet))

    def _targets(self, entries: Sequence[Any]) -> tuple[Target, ...]:
        found: dict[str, dict[str, Fixed]] = {}
        for entry in entries:
            entry = mapping(entry, "a target")
            only(entry, frozenset({"variant", "keys", "by"}), "a target")
            variant, by = entry["variant"], entry.get("by", attributes.TARGETING_KEY)
            detail = f"user is an individual target for {variant}"
            serve = Fixed(self.outcomes.serving(variant, Reason.TARGETING_MATCH, detail))
            serves = found.setdefault(by, {})
            for key in sequence(entry, "keys"):
                serves.setdefault(key, serve)  # the first target that names a subject has it
        return tuple(Target(attributes.reader(by), by, serves) for by, serves in found.items())

    def _default(self, has_more: bool) -> Serve:
        document = mapping(self.document["serve"], "serve")
        if has_more:
            return self._serve(
                document, Reason.DEFAULT, "no rule matches, so flag serves {}", "no rule matches; ", NEITHER
            )
        return self._serve(document, Reason.STATIC, "flag is on and serves {} to everyone", "", NEITHER)

    def _rule(self, at: int, document: Mapping[str, Any], reason: Reason | None, default: Serve) -> Rule:
        only(document, _RULE, "a rule")
        identity = str(document.get("id", at + 1))
        name = str(document.get("name") or identity).replace("{", "(").replace("}", ")")
        miss = document.get("on_gate_miss", "next")
        if miss not in _MISSES:
            raise BrokenDocument(f"on_gate_miss is one of {', '.join(_MISSES)}, not {shown(miss)}")
        start, end = document.get("active_from"), document.get("active_until")
        sentence = "user is in experiment {}" if reason else "rule {} matches"
        by = Decider(identity, identity if reason else None)
        gates = tuple(serving.compile_gate(gate) for gate in sequence(document, "gates"))
        matched = sentence.format(name)
        serve = self._serve(
            mapping(document["serve"], "serve"),
            reason or Reason.TARGETING_MATCH,
            f"{matched}, so flag serves {{}}",
            f"{matched}; ",
            by,
        )
        share = serving.share_of(gates, serve)
        return Rule(
            id=identity,
            document=document,
            condition=compile_condition(_when(document)),
            gates=gates[:-1] if share else gates,
            active_from=None if start is None else wanted_instant(start),
            active_until=None if end is None else wanted_instant(end),
            on_gate_miss={"next": None, "default": default, "off": self._held_back(miss, name, by)}[miss],
            serve=serve,
            share=share,
        )

    def _held_back(self, miss: object, name: str, by: Decider) -> Serve | None:
        if miss != "off":
            return None
        return Fixed(self.outcomes.off(Reason.SPLIT, f"rule {name} matches, but its gate holds this user back", by))

    def _serve(self, document: Mapping[str, Any], reason: Reason, fixed: str, lead: str, by: Decider) -> Serve:
        if len(document) != 1 or not document.keys() <= _SERVES:
            raise BrokenDocument("serve is one of variant, off, rollout or split")
        ((kind, served),) = document.items()
        if kind == "variant":
            return Fixed(self.outcomes.serving(served, reason, fixed.format(served), by))
        if kind == "off":
            return Fixed(self.outcomes.off(reason, fixed.format("what it serves while it is off"), by))
        return self._rollout(served, lead, by) if kind == "rollout" else self._split(served, lead, by)

    def _rollout(self, served: Mapping[str, Any], lead: str, by: Decider) -> Serve:
        share = _share(served)
        within = f"{lead}user bucket {{bucket}} is within the {share:g} % rollout"
        outside = f"{lead}user bucket {{bucket}} is outside of the {share:g} % rollout"
        inside = self.outcomes.serving(served["variant"], Reason.SPLIT, within, by)
        rest = self.outcomes.serving(served["otherwise"], Reason.SPLIT, outside, by)
        arms = [(found, inside) for found in serving.ranges_of(served)]
        return serving.compile_split(served, arms, rest, self._without_id(served, by))

    def _split(self, served: Mapping[str, Any], lead: str, by: Decider) -> Serve:
        arms = []
        for arm in sequence(served, "arms"):
            share = _share({**served, **arm})
            detail = f"{lead}user bucket {{bucket}} is in the {share:g} % that get {arm['variant']}"
            outcome = self.outcomes.serving(arm["variant"], Reason.SPLIT, detail, by)
            arms += [(found, outcome) for found in serving.ranges_of(arm)]
        rest = self._without_variant(lead, by) if flag_of(served, "is_partial") else None
        return serving.compile_split(served, arms, rest, self._without_id(served, by))

    def _without_variant(self, lead: str, by: Decider) -> Outcome:
        return self.outcomes.off(Reason.SPLIT, f"{lead}user bucket {{bucket}} has no variant", by)

    def _without_id(self, served: Mapping[str, Any], by: Decider) -> Outcome:
        variant = served.get("without_id")
        if variant is not None:
            return self.outcomes.serving(
                variant, Reason.SPLIT, f"there is no id to pick a bucket by, so flag serves {variant}", by
            )
        return self.outcomes.off(Reason.ERROR, _NO_ID, error=ErrorCode.TARGETING_KEY_MISSING)


def _when(rule: Mapping[str, Any]) -> Mapping[str, Any]:
    """A rule's condition; a list of `conditions`, as the seeds write it, all have to hold."""
    if "when" in rule and "conditions" in rule:
        raise BrokenDocument("a rule says when or conditions, not both")
    when = rule.get("when")
    return {"all": rule.get("conditions", ())} if when is None else mapping(when, "when")


def _share(served: Mapping[str, Any]) -> float:
    """The percentage that the ranges make up."""
    full = serving.full_of(served)
    return sum(high - low for low, high in serving.ranges_of(served)) * 100 / full
