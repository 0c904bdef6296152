"""Who belongs to an audience: single keys in and out of it, and conditions for everyone else.

    {"schema": 1, "kind": "audience", "key": "beta-testers", "included": ["alice"], "excluded": ["eve"],
     "by": "targeting_key", "rules": [{"when": {…}}, …]}

An excluded key is out whatever else holds, an included one is in, any other subject when at least one rule matches.
"""

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from flagkit.engine import attributes
from flagkit.engine.conditions import Condition, Holds, World, any_of, audiences_of, compile_condition
from flagkit.engine.context import Context
from flagkit.engine.documents import BrokenDocument, mapping, only, sequence, shown, text

KIND = "audience"
_FIELDS = frozenset({"schema", "kind", "key", "name", "description", "included", "excluded", "by", "rules"})


class Audience(NamedTuple):
    """An audience that was prepared at load. `asks` are the audiences that its rules name.

    `listed` tells whether a subject is "excluded" or "included" by its key, or neither (None).
    """

    key: str
    document: Mapping[str, Any]
    rules: tuple[Condition, ...]
    asks: frozenset[str]
    has: Holds
    listed: Callable[[Context], str | None]


def compile_audience(document: Mapping[str, Any]) -> Audience:
    """Prepare an audience. Raises BrokenDocument with a sentence when the document describes none."""
    try:
        return _audience(mapping(document, "an audience"))
    except BrokenDocument:
        raise
    except (KeyError, TypeError, ValueError, AttributeError, RecursionError) as error:
        raise BrokenDocument(f"the document is not of the form it should have ({error!r})") from error


def _audience(document: Mapping[str, Any]) -> Audience:
    only(document, _FIELDS, "an audience")
    if document["schema"] != 1:
        raise BrokenDocument(f"schema {shown(document['schema'])} is not known to this version")
    rules = []
    for rule in sequence(document, "rules"):
        only(mapping(rule, "a rule"), frozenset({"id", "name", "when"}), "a rule of an audience")
        rules.append(compile_condition(rule["when"]))
    read = attributes.reader(document.get("by", attributes.TARGETING_KEY))
    matches = any_of(tuple(rule.holds for rule in rules))
    included, excluded = _keys(document, "included"), _keys(document, "excluded")
    return Audience(
        key=text(document, "key"),
        document=document,
        rules=tuple(rules),
        asks=frozenset().union(*(audiences_of(rule) for rule in rules)),
        has=_has(read, included, excluded, matches),
        listed=_listed(read, included, excluded),
    )


def _has(read: attributes.Reader, included: frozenset[str], excluded: frozenset[str], matches: Holds) -> Holds:
    """What tells whether a subject belongs to the audience."""
    if not included and not excluded:
        return matches

    def has(context: Context, world: World) -> bool:
        key = read(context)
        if isinstance(key, str):
            if key in excluded:
                return False
            if key in included:
                return True
        return matches(context, world)

    return has


def _listed(
    read: attributes.Reader, included: frozenset[str], excluded: frozenset[str]
) -> Callable[[Context], str | None]:
    def listed(context: Context) -> str | None:
        key = read(context)
        if not isinstance(key, str):
            return None
        return "excluded" if key in excluded else "included" if key in included else None

    return listed


def _keys(document: Mapping[str, Any], name: str) -> frozenset[str]:
    keys = sequence(document, name)
    if not all(isinstance(key, str) for key in keys):
        raise BrokenDocument(f"{name} has to be a list of keys, each of them text")
    return frozenset(keys)


class Nested:
    """The world as an audience sees it that asks about others: one that leads back to itself finds nobody there."""

    __slots__ = ("_audiences", "_path")

    def __init__(self, audiences: Mapping[str, Audience], path: tuple[str, ...]) -> None:
        self._audiences = audiences
        self._path = path

    def in_audience(self, key: str, context: Context) -> bool:
        audience = self._audiences.get(key)
        if audience is None or key in self._path:
            return False
        return audience.has(context, Nested(self._audiences, (*self._path, key)))
