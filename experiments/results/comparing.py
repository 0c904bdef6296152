"""Where two documents differ: in words, with the way to each place.

Sentences are left out: a later release may put them better, and whatever they tell stands beside them as numbers.
"""

import math
from collections.abc import Iterator
from typing import Any

RELATIVE = 1e-9
_SENTENCE = "sentence"
ABSOLUTE = 1e-12  # two sums of the same numbers in another order, next to nothing both


def differences(told: Any, computed: Any, *, at: str = "") -> Iterator[str]:
    """What the report tells, and what comes out now, wherever that is not the same."""
    if _is_same(told, computed):
        return
    if isinstance(told, dict) and isinstance(computed, dict):
        for name in sorted({*told, *computed} - {_SENTENCE}):
            yield from _inner(told, computed, name, at)
    elif isinstance(told, list) and isinstance(computed, list) and len(told) == len(computed):
        for place, (one, other) in enumerate(zip(told, computed, strict=True)):
            yield from differences(one, other, at=f"{at}[{_name_of(one, place)}]")
    else:
        yield f"{at or 'the document'}: {_short(told)} in the report, {_short(computed)} now"


def _inner(told: dict[str, Any], computed: dict[str, Any], name: str, at: str) -> Iterator[str]:
    where = f"{at}.{name}".lstrip(".")
    if name not in computed:
        yield f"{where}: {_short(told[name])} in the report, nothing now"
    elif name not in told:
        yield f"{where}: nothing in the report, {_short(computed[name])} now"
    else:
        yield from differences(told[name], computed[name], at=where)


def _is_same(told: Any, computed: Any) -> bool:
    if _is_number(told) and _is_number(computed):
        return math.isclose(told, computed, rel_tol=RELATIVE, abs_tol=ABSOLUTE)
    return bool(type(told) is type(computed) and told == computed)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _name_of(entry: Any, place: int) -> str:
    """Metrics and variants are better known by their keys than by their places."""
    names = ("metric", "variant", "dimension", "value", "day", "code")
    known = (entry[name] for name in names if name in entry) if isinstance(entry, dict) else iter(())
    return str(next(known, place))


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."
