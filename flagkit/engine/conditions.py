"""Whether a subject meets a condition: groups of conditions, and single ones about one attribute.

    {"all": [...]}   {"any": [...]}   {"none": [...]}   {"not": {...}}
    {"attribute": "plan", "operator": "in", "value": ["pro"], "ignore_case": false, "negate": false,
     "cast": "number" | "text", "time_zone": "Europe/Berlin"}
    {"attribute": "email", "operator": "exists", "value": true}
    {"operator": "in_audience", "value": "beta-testers"}

Typing is strict. A missing attribute (null counts as missing) meets no operator, `neq` and `not_in` included; only
`exists: false` holds for it, and what is negated: `negate`, `not` and `none` turn the answer around. The same goes for
a condition about time where the context has no `now`, and for an audience that does not exist.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from flagkit.engine import attributes
from flagkit.engine.context import Context
from flagkit.engine.documents import BrokenDocument, flag_of, mapping, only, sequence, shown, text
from flagkit.engine.operators import ABOUT_AGE, ABOUT_NOW, ALIASES, OPERATORS
from flagkit.engine.scalars import Test, listed

_FIELDS = frozenset({"attribute", "operator", "value", "ignore_case", "negate", "cast", "time_zone"})
_GROUPS = ("all", "any", "none", "not")
_DEEPEST = 50


class World(Protocol):
    """What a condition may ask beyond the context: the audiences that stand beside the flag."""

    def in_audience(self, key: str, context: Context) -> bool: ...


Holds = Callable[[Context, World], bool]


class Condition(NamedTuple):
    """A condition that was prepared at load. `kind` is a group's name, or "test" for a single one.

    `actual` reads the value that a single one is about.
    """

    kind: str
    document: Mapping[str, Any]
    holds: Holds
    parts: "tuple[Condition, ...]" = ()
    actual: attributes.Reader | None = None


def compile_condition(document: object, depth: int = 0) -> Condition:
    """Prepare a condition. Raises BrokenDocument with a sentence where it cannot be tested."""
    document = mapping(document, "a condition")
    kind = next((name for name in _GROUPS if name in document), None)
    if kind is None:
        return _single(document)
    if depth >= _DEEPEST:
        raise BrokenDocument(f"conditions may be nested {_DEEPEST} levels deep")
    only(document, frozenset({kind}), f"a group of {kind}")
    members = [document["not"]] if kind == "not" else sequence(document, kind)
    parts = tuple(compile_condition(member, depth + 1) for member in members)
    return Condition(kind, document, _group(kind, tuple(part.holds for part in parts)), parts)


def audiences_of(condition: Condition) -> frozenset[str]:
    """The keys of the audiences that this condition asks about."""
    found = set().union(*(audiences_of(part) for part in condition.parts))
    if condition.kind == "test" and condition.document["operator"] == "in_audience":
        found.update(listed(condition.document))
    return frozenset(found)


def _group(kind: str, parts: tuple[Holds, ...]) -> Holds:
    if kind == "all":
        return _all(parts)
    if kind == "any":
        return any_of(parts)
    any_holds = any_of(parts)
    return lambda context, world: not any_holds(context, world)


def _all(parts: tuple[Holds, ...]) -> Holds:
    if len(parts) == 1:
        return parts[0]
    if len(parts) == 2:
        one, other = parts
        return lambda context, world: one(context, world) and other(context, world)

    def holds(context: Context, world: World) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost more than the conditions
            if not part(context, world):
                return False
        return True

    return holds


def any_of(parts: tuple[Holds, ...]) -> Holds:
    """Whether at least one of these holds."""
    if len(parts) == 1:
        return parts[0]

    def holds(context: Context, world: World) -> bool:
        for part in parts:  # noqa: SIM110 - a generator would cost more than the conditions
            if part(context, world):
                return True
        return False

    return holds


def _single(document: Mapping[str, Any]) -> Condition:
    only(document, _FIELDS, "a condition")
    operator = ALIASES.get(document.get("operator", ""), document.get("operator"))
    negate = flag_of(document, "negate")
    if operator == "in_audience":
        return Condition("test", document, _in_audience(document, negate))
    name = attributes.NOW if operator in ABOUT_NOW and "attribute" not in document else text(document, "attribute")
    read = attributes.reader(name)
    if operator == "exists":
        wanted = flag_of({"value": True, **document}, "value")
        return Condition(
            "test", document, lambda context, _: ((read(context) is not None) == wanted) != negate, (), read
        )
    if operator not in OPERATORS:
        raise BrokenDocument(
            f"{shown(operator)} is not an operator: name {', '.join(OPERATORS)}, exists or in_audience"
        )
    if operator in ("eq", "in") and is_plain_text(document):
        return Condition("test", document, _text(name, frozenset(listed(document)), negate), (), read)
    test = _cast(document, OPERATORS[operator]({**document, "operator": operator}))

    is_about_age = operator in ABOUT_AGE  # nobody else looks at the clock, which tells that an answer cannot change

    def holds(context: Context, world: World) -> bool:
        value = read(context)
        return (value is not None and test(value, context.now if is_about_age else None)) != negate

    return Condition("test", document, holds, (), read)


def is_plain_text(document: Mapping[str, Any]) -> bool:
    """Whether a test of equality is nothing but: this attribute, as it stands, is one of these texts."""
    if document.get("ignore_case") or document.get("cast") or not attributes.is_plain(document["attribute"]):
        return False
    return all(isinstance(value, str) for value in listed(document))


def _text(name: str, texts: frozenset[str], negate: bool) -> Holds:
    """What most conditions are, without a call inside."""

    def holds(context: Context, _: World) -> bool:
        try:
            return (context.attributes[name] in texts) != negate
        except (KeyError, TypeError):  # missing, or a list or object, which is no text
            return negate

    return holds


def _in_audience(document: Mapping[str, Any], negate: bool) -> Holds:
    keys = listed(document)
    if not keys or not all(isinstance(key, str) for key in keys):
        raise BrokenDocument("in_audience needs the key of an audience, or a list of keys")
    if len(keys) == 1:
        key = keys[0]
        return lambda context, world: world.in_audience(key, context) != negate

    def holds(context: Context, world: World) -> bool:
        return any(world.in_audience(key, context) for key in keys) != negate

    return holds


def _cast(document: Mapping[str, Any], test: Test) -> Test:
    """The test of the attribute as it stands, or after it was read as the type that `cast` names."""
    kind = document.get("cast")
    if kind is None:
        return test
    if kind not in _CASTS:
        raise BrokenDocument(f"{shown(kind)} is not a type to cast to: name {' or '.join(_CASTS)}")
    cast = _CASTS[kind]

    def after(value: Any, now: datetime | None) -> bool:
        converted = cast(value)
        return converted is not None and test(converted, now)

    return after


def _as_number(value: object) -> Any:
    if not isinstance(value, str):
        return value
    try:
        return float(value)
    except ValueError:
        return None


_CASTS: dict[str, Callable[[Any], Any]] = {"number": _as_number, "text": attributes.as_text}
