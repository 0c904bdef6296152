"""What configs and audiences refer to: flags by their prerequisites, audiences by the conditions of their rules."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from itertools import pairwise
from typing import Any

from accounts.models import Environment
from flagkit.engine import BrokenDocument
from flagkit.engine.conditions import audiences_of, compile_condition
from flagkit.engine.cycles import circular
from flags.models import Audience, Flag, FlagConfig
from flags.rules import Rule, condition_of
from flags.validation import InvalidFlag

Edges = Mapping[str, Collection[str]]
Problems = dict[str, list[str]]


def flags_in(prerequisites: Iterable[Mapping[str, Any]]) -> list[str]:
    return [prerequisite["flag"] for prerequisite in prerequisites]


def audiences_in(rules: Iterable[Rule]) -> set[str]:
    return {key for rule in rules for key in _asked(rule)}


def refuse_dangling(config: FlagConfig) -> None:
    """Raises InvalidFlag when the config refers to what is not there, or in the end to itself."""
    problems = {
        **dict(_about_prerequisites(config)),
        **dict(_about_audiences(config.rules, config.environment)),
    }
    if not problems and (way := _circle(config.flag.key, {**_needs(config), config.flag.key: _needed(config)})):
        problems["prerequisites"] = [f"The prerequisites lead back to the flag itself: {way}."]
    if problems:
        raise InvalidFlag(problems)


def refuse_dangling_audience(audience: Audience) -> None:
    """Raises InvalidFlag when the audience's rules ask for one that is not there, or in the end for itself."""
    others = Audience.objects.filter(environment=audience.environment).exclude(rules=[]).values_list("key", "rules")
    edges = {key: audiences_in(rules) for key, rules in others} | {audience.key: audiences_in(audience.rules)}
    problems = dict(_about_audiences(audience.rules, audience.environment, known=[audience.key]))
    if not problems and (way := _circle(audience.key, edges)):
        problems["rules"] = [f"The rules lead back to the audience itself: {way}."]
    if problems:
        raise InvalidFlag(problems)


def _about_prerequisites(config: FlagConfig) -> Iterator[tuple[str, list[str]]]:
    flag = config.flag
    parents = {parent.key: parent for parent in Flag.objects.filter(project=flag.project, key__in=_needed(config))}
    parents[flag.key] = flag
    for at, prerequisite in enumerate(config.prerequisites):
        parent = parents.get(prerequisite["flag"])
        if parent is None:
            yield f"prerequisites.{at}.flag", [f"There is no flag {prerequisite['flag']} in this project."]
        elif parent.archived_at is not None:
            yield f"prerequisites.{at}.flag", [f"Flag {parent.key} is archived. Restore it or name another one."]
        else:
            known = {variant["key"] for variant in parent.variants}
            if missing := [variant for variant in prerequisite.get("variants", ()) if variant not in known]:
                yield f"prerequisites.{at}.variants", [f"Flag {parent.key} has no variant {', '.join(missing)}."]


def _about_audiences(
    rules: Iterable[Rule], environment: Environment, known: Collection[str] = ()
) -> Iterator[tuple[str, list[str]]]:
    asked = [(at, key) for at, rule in enumerate(rules) for key in sorted(_asked(rule))]
    keys = {key for _, key in asked}
    there = {*known, *Audience.objects.filter(environment=environment, key__in=keys).values_list("key", flat=True)}
    for at, key in asked:
        if key not in there:
            yield f"rules.{at}", [f"There is no audience {key} in {environment.key}."]


def _needed(config: FlagConfig) -> list[str]:
    return flags_in(config.prerequisites)


def _needs(config: FlagConfig) -> Edges:
    """Which flags need which others in the config's environment."""
    living = FlagConfig.objects.filter(environment=config.environment, flag__archived_at=None)
    rows = living.exclude(prerequisites=[]).values_list("flag__key", "prerequisites")
    return {key: flags_in(prerequisites) for key, prerequisites in rows}


def _circle(start: str, edges: Edges) -> str:
    """The way from here back to here in words; nothing where there is none."""
    reached, ahead = {start}, [start]
    while ahead:
        following = set(edges.get(ahead.pop(), ())) - reached
        reached |= following
        ahead += following
    way = circular({key: edges[key] for key in reached if key in edges}).get(start, ())
    return ", ".join(f"{one} needs {other}" for one, other in pairwise(way))


def _asked(rule: Rule) -> frozenset[str]:
    """The audiences that a rule asks for; none where the engine of this release does not know its condition."""
    try:
        return audiences_of(compile_condition(condition_of(rule)))
    except BrokenDocument:
        return frozenset()
