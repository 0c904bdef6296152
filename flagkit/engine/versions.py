"""Which of two semantic versions comes first, and whether one lies in a range (semver.org 2.0.0).

A range is a list of comparisons that all hold, alternatives of them split by `||`: `^1.2 || >=3.0.0 <3.5`. `^1.2.3` is
from there up to the next number left of which all are zero, `~1.2.3` up to the next minor version; missing and `x`
parts stand for any. A pre-release lies where precedence puts it, but never in a range that ends before its own release.
"""

from collections.abc import Callable
from itertools import takewhile
from typing import Any

from flagkit.engine.documents import BrokenDocument, shown

Version = tuple[int, int, int, tuple[Any, ...]]
_RELEASE: tuple[Any, ...] = (1,)
_FIRST_PRE_RELEASE: tuple[Any, ...] = (-1,)
_ANY = ("x", "X", "*")
_DIGITS = 15


def version(value: object) -> Version | None:
    """The version as a key that orders like its precedence; None for text that is no semantic version."""
    if not isinstance(value, str):
        return None
    core, _, build = value.partition("+")
    if "+" in value and not all(_is_identifier(part) for part in build.split(".")):
        return None
    numbers, dash, pre = core.partition("-")
    parts = [_number(part) for part in numbers.split(".")]
    if len(parts) != 3 or None in parts:
        return None
    if not dash:
        return parts[0], parts[1], parts[2], _RELEASE  # type: ignore[return-value]
    identifiers = [_pre_release_identifier(part) for part in pre.split(".")]
    if None in identifiers:
        return None
    return parts[0], parts[1], parts[2], (0, *identifiers)  # type: ignore[return-value]


def wanted_version(value: object) -> Version:
    """The version of a rule. Raises BrokenDocument where it is none."""
    found = version(value)
    if found is None:
        raise BrokenDocument(f"{shown(value)} is not a semantic version: write it like 1.4.0 or 2.0.0-beta.1")
    return found


def version_range(value: object) -> Callable[[Version], bool]:
    """What tells whether a version lies in the range. Raises BrokenDocument for a range that cannot be read."""
    if not isinstance(value, str) or not value.strip():
        raise BrokenDocument(f"{shown(value)} is not a version range: write it like ^1.2 or >=1.0.0 <2.0.0")
    spans = [_span(alternative) for alternative in value.split("||")]
    return lambda found: any(low <= found < high for low, high in spans)


def _span(alternative: str) -> tuple[Version, Version]:
    low, high = _floor(0, 0, 0), _floor(10**_DIGITS, 0, 0)
    for comparator in alternative.split():
        lower, upper = _bounds(comparator)
        low, high = max(low, lower), min(high, upper)
    return low, high


def _bounds(comparator: str) -> tuple[Version, Version]:
    operator = comparator[: len(comparator) - len(comparator.lstrip("^~<>="))]
    least, following = _written(comparator[len(operator) :])
    lowest, highest = _floor(0, 0, 0), _floor(10**_DIGITS, 0, 0)
    match operator:
        case "" | "=":
            return least, following
        case "^":
            return least, _after_caret(least, following)
        case "~":
            return least, max(following, _floor(least[0], least[1] + 1, 0) if _has_minor(comparator) else following)
        case ">=":
            return least, highest
        case ">":
            return following, highest
        case "<":
            return lowest, least
        case "<=":
            return lowest, following
    raise BrokenDocument(f"{comparator} is not a comparison of versions")


def _written(text: str) -> tuple[Version, Version]:
    """The first version that this text, which may leave parts open, stands for, and the first one after those."""
    exact = version(text)
    if exact is not None:
        return exact, (*exact[:3], (*exact[3], ()))
    parts = text.split(".")
    given = list(takewhile(lambda part: part not in _ANY, parts))
    numbers = [_number(part) for part in given]
    if None in numbers or len(parts) > 3 or any(part not in _ANY for part in parts[len(given) :]):
        raise BrokenDocument(f"{shown(text)} is not a version")
    major, minor = [*numbers, 0, 0][:2]
    assert major is not None
    assert minor is not None
    if not numbers:
        return _floor(0, 0, 0), _floor(10**_DIGITS, 0, 0)
    return _floor(major, minor, 0), _floor(major + 1, 0, 0) if len(numbers) == 1 else _floor(major, minor + 1, 0)


def _after_caret(least: Version, following: Version) -> Version:
    major, minor, patch, _ = least
    if major:
        return _floor(major + 1, 0, 0)
    if minor:
        return _floor(0, minor + 1, 0)
    return max(following, _floor(0, 0, patch + 1))


def _has_minor(comparator: str) -> bool:
    return "." in comparator


def _floor(major: int, minor: int, patch: int) -> Version:
    """Below every version with these numbers, its pre-releases included."""
    return major, minor, patch, _FIRST_PRE_RELEASE


def _number(text: str) -> int | None:
    if not text.isascii() or not text.isdigit() or len(text) > _DIGITS or (text[0] == "0" and text != "0"):
        return None
    return int(text)


def _is_identifier(text: str) -> bool:
    return bool(text) and text.isascii() and text.replace("-", "0").isalnum()


def _pre_release_identifier(text: str) -> tuple[int, int, str] | None:
    """Numbers come before words, and order as numbers."""
    if text.isascii() and text.isdigit():
        number = _number(text)
        return None if number is None else (0, number, "")
    return (1, 0, text) if _is_identifier(text) else None
