"""An Unleash constraint as a condition of ours.

Unleash compares text: every attribute is cast before it is compared. A constraint that Unleash itself could not read is
false for everyone, and so is its condition. A user's id is our targeting key.
"""

from collections.abc import Mapping
from typing import Any

from flagkit.engine import BrokenDocument, attributes
from flagkit.engine.conditions import compile_condition

Condition = dict[str, Any]
NEVER: Condition = {"any": []}
_NAMES = {"userId": attributes.TARGETING_KEY}
_TEXT = {
    "IN": "in",
    "NOT_IN": "in",
    "STR_STARTS_WITH": "starts_with",
    "STR_ENDS_WITH": "ends_with",
    "STR_CONTAINS": "contains",
}
_NUMBER = {"NUM_EQ": "eq", "NUM_GT": "gt", "NUM_GTE": "gte", "NUM_LT": "lt", "NUM_LTE": "lte"}
_VERSION = {f"SEMVER_{name}": f"semver_{name.lower()}" for name in ("EQ", "GT", "GTE", "LT", "LTE")}
_DATE = {"DATE_AFTER": "after", "DATE_BEFORE": "before"}
OPERATORS = frozenset({*_TEXT, *_NUMBER, *_VERSION, *_DATE, "REGEX", "IN_CIDR"})


def attribute_of(name: str) -> str:
    """Our name of a field of Unleash's context."""
    return _NAMES.get(name, name)


def condition_of(constraint: Mapping[str, Any]) -> tuple[Condition, str | None]:
    """The condition, and what could not be carried over, as a sentence."""
    operator = constraint.get("operator")
    if operator not in OPERATORS:
        return NEVER, f"the operator {operator} has no counterpart, so its constraint never holds"
    condition = _translated(constraint, str(operator))
    try:
        compile_condition(condition)
    except BrokenDocument as error:
        return NEVER, f"a constraint on {constraint.get('contextName')} never holds: {error}"
    return condition, None


def address_condition(addresses: list[str]) -> Condition:
    """Whether the remote address is one of these or lies in one of these networks; what is neither is left out."""
    readable = [address for address in addresses if _is_network(address)]
    if not readable:
        return NEVER
    return {"attribute": "remoteAddress", "operator": "in_cidr", "value": readable}


def _translated(constraint: Mapping[str, Any], operator: str) -> Condition:
    name = attribute_of(str(constraint.get("contextName")))
    negate = bool(constraint.get("inverted")) != (operator == "NOT_IN")
    value = constraint.get("value")
    base: Condition = {"attribute": name, "negate": negate}
    if operator in _TEXT:
        cast = {} if name == attributes.TARGETING_KEY else {"cast": "text"}
        fold = {"ignore_case": True} if constraint.get("caseInsensitive") and operator.startswith("STR_") else {}
        return {**base, **cast, **fold, "operator": _TEXT[operator], "value": list(constraint.get("values") or ())}
    if operator in _NUMBER:
        return {**base, "operator": _NUMBER[operator], "value": _number(value), "cast": "number"}
    if operator in _VERSION:
        return {**base, "operator": _VERSION[operator], "value": value}
    if operator in _DATE:
        return _date({**base, "operator": _DATE[operator], "value": value})
    if operator == "REGEX":
        return {**base, "operator": "matches", "value": value, "ignore_case": bool(constraint.get("caseInsensitive"))}
    networks = [network for network in constraint.get("values") or () if _is_network(network)]
    return {**base, "operator": "in_cidr", "value": networks}


def _date(condition: Condition) -> Condition:
    """Unleash asks about its `currentTime`, which is now unless the caller sets it."""
    if condition["attribute"] != "currentTime":
        return condition
    unset = {"attribute": "currentTime", "operator": "exists", "value": False}
    return {"any": [condition, {"all": [unset, {**condition, "attribute": attributes.NOW}]}]}


def _number(value: object) -> object:
    try:
        return float(str(value))
    except ValueError:
        return value


def _is_network(value: object) -> bool:
    return _compiles({"attribute": "x", "operator": "in_cidr", "value": [value]})


def _compiles(condition: Condition) -> bool:
    try:
        compile_condition(condition)
    except BrokenDocument:
        return False
    return True
