"""The tests of one value against others of its kind: text, numbers, booleans. `1` equals `1.0`, never `true` or `"1"`.

Each function takes a condition's document and returns `test(value, now)`; the value is there, never None.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from math import isfinite
from typing import Any

from flagkit.engine.documents import BrokenDocument, flag_of, shown

Test = Callable[[Any, datetime | None], bool]


def among(document: Mapping[str, Any]) -> Test:
    """Equal to the wanted value, or to one of them."""
    fold = flag_of(document, "ignore_case")
    wanted = [scalar(value) for value in listed(document)]
    texts = frozenset(value.casefold() if fold else value for value in wanted if isinstance(value, str))
    booleans = frozenset(value for value in wanted if isinstance(value, bool))
    numbers = frozenset(value for value in wanted if is_number(value))

    def test(value: Any, _: datetime | None) -> bool:
        if isinstance(value, str):
            return (value.casefold() if fold else value) in texts
        if isinstance(value, bool):
            return value in booleans
        return isinstance(value, (int, float)) and value in numbers

    return test


def not_among(document: Mapping[str, Any]) -> Test:
    """There, and equal to none of the wanted values."""
    test = among(document)
    return lambda value, now: not test(value, now)


def containing(document: Mapping[str, Any]) -> Test:
    """A text with one of the wanted texts in it, or a list with one of the wanted values in it."""
    texts = _texts(document, "contains") if all(isinstance(value, str) for value in listed(document)) else ()
    fold = flag_of(document, "ignore_case")
    element = among(document)

    def test(value: Any, now: datetime | None) -> bool:
        if isinstance(value, str):
            folded = value.casefold() if fold else value
            return any(text in folded for text in texts)
        return isinstance(value, (list, tuple)) and any(element(each, now) for each in value)

    return test


def starting(document: Mapping[str, Any]) -> Test:
    """A text that starts with one of the wanted texts."""
    return _affix(document, str.startswith)


def ending(document: Mapping[str, Any]) -> Test:
    """A text that ends with one of the wanted texts."""
    return _affix(document, str.endswith)


def greater(document: Mapping[str, Any]) -> Test:
    limit = number(document.get("value"))
    return lambda value, _: is_number(value) and value > limit


def greater_or_equal(document: Mapping[str, Any]) -> Test:
    limit = number(document.get("value"))
    return lambda value, _: is_number(value) and value >= limit


def less(document: Mapping[str, Any]) -> Test:
    limit = number(document.get("value"))
    return lambda value, _: is_number(value) and value < limit


def less_or_equal(document: Mapping[str, Any]) -> Test:
    limit = number(document.get("value"))
    return lambda value, _: is_number(value) and value <= limit


def between(document: Mapping[str, Any]) -> Test:
    """A number from the first to the second wanted one, both included."""
    low, high = pair(document)
    if low > high:
        raise BrokenDocument(f"between goes from the lower to the higher number, not from {low} to {high}")
    return lambda value, _: is_number(value) and low <= value <= high


def modulo(document: Mapping[str, Any]) -> Test:
    """A whole number that leaves the wanted remainder when divided: `[divisor, remainder]`."""
    divisor, remainder = pair(document)
    if divisor <= 0 or divisor != int(divisor) or not 0 <= remainder < divisor:
        raise BrokenDocument("modulo needs a whole divisor above 0 and a remainder from 0 to below it")
    return lambda value, _: is_number(value) and value % divisor == remainder


def pair(document: Mapping[str, Any]) -> tuple[int | float, int | float]:
    wanted = document.get("value")
    if not isinstance(wanted, (list, tuple)) or len(wanted) != 2:
        raise BrokenDocument(f"value has to be two numbers, not {shown(wanted)}")
    return number(wanted[0]), number(wanted[1])


def listed(document: Mapping[str, Any]) -> tuple[Any, ...]:
    """The wanted values: a list of them, or the one that stands there."""
    wanted = document.get("value")
    return tuple(wanted) if isinstance(wanted, (list, tuple)) else (wanted,)


def number(value: object) -> int | float:
    if is_number(value) and isfinite(value):  # type: ignore[arg-type]
        return value  # type: ignore[return-value]
    raise BrokenDocument(f"{shown(value)} is not a number")


def scalar(value: object) -> str | bool | int | float:
    if isinstance(value, (str, bool)):
        return value
    try:
        return number(value)
    except BrokenDocument:
        raise BrokenDocument(f"{shown(value)} is not text, a number, true or false") from None


def is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _affix(document: Mapping[str, Any], matches: Callable[[str, tuple[str, ...]], bool]) -> Test:
    texts = _texts(document, str(document["operator"]))
    fold = flag_of(document, "ignore_case")

    def test(value: Any, _: datetime | None) -> bool:
        return isinstance(value, str) and matches(value.casefold() if fold else value, texts)

    return test


def _texts(document: Mapping[str, Any], operator: str) -> tuple[str, ...]:
    wanted = listed(document)
    if not all(isinstance(value, str) for value in wanted):
        raise BrokenDocument(f"{operator} compares text: {shown(document.get('value'))} is not")
    return tuple(value.casefold() for value in wanted) if flag_of(document, "ignore_case") else wanted
