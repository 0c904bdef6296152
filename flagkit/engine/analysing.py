"""What in a flag is allowed but cannot be meant: told as warnings when it is saved, never refused."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flagkit.engine.algorithms import NATIVE, algorithm
from flagkit.engine.attributes import NOW, TARGETING_KEY
from flagkit.engine.bucketing import BUCKETS
from flagkit.engine.cycles import circular
from flagkit.engine.dates import instant
from flagkit.engine.documents import BrokenDocument
from flagkit.engine.domains import conjuncts, contradiction, implies
from flagkit.engine.flags import build_flag
from flagkit.engine.scalars import listed

Document = Mapping[str, Any]
_READ_FROM_CONTEXT = frozenset({TARGETING_KEY, NOW})


@dataclass(frozen=True, slots=True)
class Warning:
    """Something to look at: a stable code, a sentence that says what to do, and the id of the rule that it is about."""

    code: str
    sentence: str
    rule: str | None = None


def analyse(
    document: Document,
    *,
    audiences: Mapping[str, Document] | None = None,
    flags: Mapping[str, Document] | None = None,
    seen_attributes: Collection[str] | None = None,
    now: datetime | None = None,
) -> list[Warning]:
    """What to warn of in this flag.

    `audiences` and `flags` are the documents that stand beside it, by key, `seen_attributes` the names that contexts
    have had so far, `now` an aware datetime; what is not given is not judged. Never raises: a broken document has the
    one warning `broken`, or `split_sum` where the shares of a split do not make up everything.
    """
    unsummed = list(_splits_that_do_not_sum(document)) if isinstance(document, Mapping) else []
    try:
        build_flag(document)
    except BrokenDocument as error:
        return unsummed or [Warning("broken", f"The flag cannot be evaluated: {error}.")]
    rules = _rules(document)
    return [
        *_shadows(rules),
        *(warning for name, rule in rules for warning in _about_rule(name, rule, now)),
        *_about_audiences(rules, audiences),
        *_about_prerequisites(document, flags),
        *_about_attributes(rules, audiences or {}, seen_attributes),
    ]


def _rules(document: Document) -> list[tuple[str, Document]]:
    experiment = [document["experiment"]] if document.get("experiment") else []
    return [
        (str(rule.get("id", at)), {**rule, "when": rule.get("when") or {"all": list(rule.get("conditions", ()))}})
        for at, rule in enumerate([*experiment, *document.get("rules", ())], 1)
    ]


def _shadows(rules: list[tuple[str, Document]]) -> Iterator[Warning]:
    """Rules that no subject can reach, because an earlier one takes everyone who would match."""
    for at, (name, rule) in enumerate(rules):
        wanted = conjuncts(rule["when"])
        for earlier, other in rules[:at]:
            if other.get("gates") and other.get("on_gate_miss", "next") == "next":
                continue
            if other.get("active_from") or other.get("active_until") or not implies(wanted, conjuncts(other["when"])):
                continue
            everyone = not conjuncts(other["when"])
            code, why = (
                ("unreachable_rule", "everyone") if everyone else ("shadowed_rule", "everyone who would match it")
            )
            sentence = f"Rule {name} never answers, because rule {earlier} before it takes {why}. Move or remove one."
            yield Warning(code, sentence, name)
            break


def _about_rule(name: str, rule: Document, now: datetime | None) -> Iterator[Warning]:
    why = contradiction(rule["when"])
    if why:
        yield Warning("contradiction", f"Rule {name} never matches: {why}. Change one of the conditions.", name)
    start, end = instant(rule.get("active_from")), instant(rule.get("active_until"))
    if start and end and end <= start:
        yield Warning("never_active", f"Rule {name} ends before it starts. Set active_until after active_from.", name)
    elif now and end and end <= now:
        yield Warning("expired", f"The time of rule {name} is over. Remove it, or set another active_until.", name)
    for gate in rule.get("gates", ()):
        if not any(low < high for low, high in gate.get("ranges", ())) and not gate.get("closed"):
            yield Warning("closed_gate", f"A gate of rule {name} lets nobody through. Give it a share.", name)


def _splits_that_do_not_sum(document: Document) -> Iterator[Warning]:
    serves = [
        (None, document),
        *((str(rule.get("id")), rule) for rule in document.get("rules") or () if isinstance(rule, Mapping)),
    ]
    for name, holder in serves:
        serve = holder.get("serve")
        split = serve.get("split") if isinstance(serve, Mapping) else None
        try:
            share = _share(split) if split else 100.0
        except (BrokenDocument, KeyError, TypeError, ValueError, AttributeError):
            continue  # the flag is broken in another way, which compiling tells
        if abs(share - 100) > 1e-9:
            where = f"rule {name}" if name else "the default"
            yield Warning("split_sum", f"The split of {where} makes up {share:g} %. Bring it to 100 %.", name)


def _share(split: Document) -> float:
    full = algorithm(split.get("algorithm", NATIVE)).full or split.get("buckets", BUCKETS)
    return float(sum(high - low for arm in split["arms"] for low, high in arm["ranges"]) * 100 / full)


def _about_audiences(rules: list[tuple[str, Document]], audiences: Mapping[str, Document] | None) -> Iterator[Warning]:
    for name, rule in rules:
        for test in _tests(rule["when"]):
            if test["operator"] != "in_audience" or audiences is None:
                continue
            for key in listed(test):
                audience = audiences.get(key)
                if audience is None:
                    yield Warning(
                        "unknown_audience", f"Rule {name} asks for audience {key}, which does not exist.", name
                    )
                elif not audience.get("included") and not audience.get("rules"):
                    sentence = f"Rule {name} asks for audience {key}, which has nobody in it. Add keys or rules to it."
                    yield Warning("empty_audience", sentence, name)


def _about_prerequisites(document: Document, flags: Mapping[str, Document] | None) -> Iterator[Warning]:
    if flags is None:
        return
    for entry in document.get("prerequisites", ()):
        why = _never_holds(entry, flags.get(entry["flag"]))
        if why:
            yield Warning("impossible_prerequisite", f"Prerequisite {entry['flag']} can never be met: {why}.")
    everyone = {**flags, document["key"]: document}
    parents = {key: [entry["flag"] for entry in flag.get("prerequisites", ())] for key, flag in everyone.items()}
    way = circular(parents).get(document["key"])
    if way:
        yield Warning("circular_prerequisites", f"Prerequisites lead back to the flag itself: {' → '.join(way)}.")


def _never_holds(entry: Document, parent: Document | None) -> str | None:
    if parent is None:
        return "there is no such flag"
    wanted = entry.get("variants")
    known = {variant["key"]: variant["value"] for variant in parent["variants"]}
    if wanted is not None and not set(wanted) & set(known):
        return f"it has no variant {', '.join(wanted) or 'that is named'}"
    if not parent["enabled"] and (wanted is not None or entry.get("enabled") is True):
        return "it is off here"
    constant = parent["serve"].get("variant")
    if (
        not parent["enabled"]
        or constant is None
        or any(parent.get(name) for name in ("rules", "targets", "experiment"))
    ):
        return None
    if wanted is not None and constant not in wanted and not parent.get("prerequisites"):
        return f"it serves {constant} to everyone"
    return None


def _about_attributes(
    rules: list[tuple[str, Document]], audiences: Mapping[str, Document], seen: Collection[str] | None
) -> Iterator[Warning]:
    if seen is None:
        return
    told = set()
    for name, rule in rules:
        for attribute in _attributes(rule["when"], audiences):
            heads = {attribute, attribute.partition(".")[0]}
            if attribute not in told and not heads & set(seen) and attribute not in _READ_FROM_CONTEXT:
                told.add(attribute)
                sentence = f"Rule {name} asks for {attribute}, which no context has ever had. Check how it is written."
                yield Warning("unknown_attribute", sentence, name)


def _attributes(condition: Document, audiences: Mapping[str, Document], depth: int = 0) -> Iterator[str]:
    for test in _tests(condition):
        if "attribute" in test:
            yield test["attribute"]
        elif test["operator"] == "in_audience" and depth < 5:
            for key in listed(test):
                for rule in audiences.get(key, {}).get("rules", ()):
                    yield from _attributes(rule["when"], audiences, depth + 1)


def _tests(condition: Document) -> Iterator[Document]:
    """The single conditions in a tree of them."""
    if "operator" in condition:
        yield condition
    for group in ("all", "any", "none"):
        for part in condition.get(group, ()):
            yield from _tests(part)
    if "not" in condition:
        yield from _tests(condition["not"])
