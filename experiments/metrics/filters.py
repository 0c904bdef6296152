"""Which of a metric's events count: a list of conditions that all hold, as the engine means its operators.

    [{"attribute": "country", "operator": "in", "value": ["DE", "AT"]},
     {"attribute": "$value", "operator": "gte", "value": 10}]

An attribute is one of the event's own; `$value` is its value. Typing is strict, and a missing attribute meets no
operator but `exists` with false, as in rules.
"""

from typing import Any

from accounts.json_values import problem_with
from accounts.strict_input import snake_case
from flagkit.engine.documents import BrokenDocument
from flagkit.engine.operators import ALIASES, OPERATORS
from flags.cleaners import Wrong, boolean, each, part, require_parts, text

VALUE = "$value"
MAX_CONDITIONS = 20
MAX_VALUES = 100  # of one condition
_EXACT = 2**53  # up to which every engine knows each whole number
LISTED = ("in", "not_in")
TEXTUAL = ("contains", "starts_with", "ends_with")
NUMERIC = ("gt", "gte", "lt", "lte")
KNOWN = ("eq", "neq", *LISTED, *TEXTUAL, *NUMERIC, "between", "exists")

Condition = dict[str, Any]


def clean_filter(value: Any) -> list[Condition]:
    """The conditions as they are stored. Raises Wrong."""
    return each(_condition, value, least=0, most=MAX_CONDITIONS)


def _condition(given: Any) -> Condition:
    require_parts(given, "attribute", "operator", optional=["value"])
    name = part("attribute", _attribute, given["attribute"])
    operator = part("operator", _operator, given["operator"])
    if operator == "exists":
        return {"attribute": name, "operator": operator, "value": part("value", boolean, given.get("value", True))}
    if "value" not in given:
        raise Wrong("This is required.", ".value")
    wanted = part("value", lambda value: _wanted(name, operator, value), given["value"])
    return {"attribute": name, "operator": operator, "value": wanted}


def _attribute(value: Any) -> str:
    name: str = text(100)(value)
    if not name.strip():
        raise Wrong(f"Name an attribute of the event, or {VALUE} for its value.")
    return readable(name)


def readable(name: str) -> str:
    """The name of an attribute that every engine can read. Raises Wrong."""
    if any(part in ("", "*") for part in name.split(".")) or name.endswith("\\") or not name.isprintable():
        raise Wrong("Write dots only between names, as in plan.tier; no name is *, or ends with a backslash.")
    return name


def _operator(value: Any) -> str:
    named = ALIASES.get(value, snake_case(value)) if isinstance(value, str) else value
    if named not in KNOWN:
        raise Wrong(f"Give one of {', '.join(KNOWN)}.")
    return str(named)


def _wanted(name: str, operator: str, value: Any) -> Any:
    """What the attribute is compared with, of a type that the operator can meet."""
    values = value if isinstance(value, list) else [value]
    if not 1 <= len(values) <= MAX_VALUES:
        raise Wrong(f"Give 1 to {MAX_VALUES} values.")
    if problem := problem_with(value):
        raise Wrong(problem)
    if operator in LISTED and not isinstance(value, list):
        raise Wrong(f"Give a list of values, or use {'eq' if operator == 'in' else 'neq'}.")
    if operator in ("eq", "neq") and isinstance(value, list):
        raise Wrong(f"Give one value, or use {'in' if operator == 'eq' else 'not_in'}.")
    if any(_is_number(each) and abs(each) > _EXACT for each in values):
        raise Wrong(
            f"Numbers beyond {_EXACT:,} are not compared exactly. Send such ids as text, and compare with text."
        )
    if name == VALUE and not all(_is_number(each) for each in values):
        raise Wrong("The value of an event is a number. Compare it with numbers.")
    try:
        OPERATORS[operator]({"attribute": name, "operator": operator, "value": value})
    except BrokenDocument as error:
        sentence = str(error)
        raise Wrong(f"{sentence[0].upper()}{sentence[1:]}.") from error
    return value


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
