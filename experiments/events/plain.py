"""What in a parsed piece of JSON could not be stored: NUL, halves of characters, numbers that are none or too large.

Most JSON has none of that and is not asked about: what reads a body knows whether there may be any.
"""

import math
from typing import Any

from accounts.json_values import problem_with_text

_LARGEST = 2**63 - 1
_DEEP = 32  # further down nothing is looked at: what is nested so deep is refused for that


def fault_of(value: Any, deep: int = _DEEP) -> str:
    """A sentence about the first fault; empty where there is none."""
    if isinstance(value, str):
        return problem_with_text(value) or ""
    if isinstance(value, int | float):
        return _fault_of_number(value)
    if not isinstance(value, dict | list) or not deep:
        return ""
    parts = [*value.keys(), *value.values()] if isinstance(value, dict) else value
    return next(filter(None, (fault_of(part, deep - 1) for part in parts)), "")


def _fault_of_number(number: float) -> str:
    if not isinstance(number, float):
        return "" if abs(number) <= _LARGEST else "Whole numbers must fit into 64 bits."
    return "" if math.isfinite(number) else "Numbers must be finite: neither NaN nor infinite."
