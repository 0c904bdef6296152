"""Numbers as people read them, in sentences: few digits, no more exactness than there is."""

import math
from collections.abc import Sequence


def percent(share: float, *, signed: bool = False) -> str:
    """`4.2 %`, `0.031 %`, `1,250 %`; signed `+4.2 %`, `−4.2 %`."""
    return f"{_rounded(share * 100, signed=signed)} %"


def amount(value: float, *, signed: bool = False) -> str:
    """`1,234`, `12.5`, `0.0031`; signed `+12.5`, `−12.5`."""
    return _rounded(value, signed=signed, digits=3)


def whole(number: float) -> str:
    """`12,345`"""
    return f"{number:,.0f}"


def chance(probability: float) -> str:
    """`0.032`, `below 0.001`, `above 0.999`: what is beyond is not known so well."""
    if probability < 0.001:
        return "below 0.001"
    return "above 0.999" if probability > 0.999 else f"{probability:.3f}"


def likely(probability: float) -> str:
    """`87 %`, `99.7 %`, `below 0.1 %`, `above 99.9 %`."""
    if probability < 0.001:
        return "below 0.1 %"
    if probability > 0.999:
        return "above 99.9 %"
    return f"{probability * 100:.1f} %" if probability > 0.98 else percent(probability)


def joined(words: Sequence[str]) -> str:
    """`a, b and c`"""
    return " and ".join([", ".join(words[:-1]), words[-1]]) if len(words) > 1 else "".join(words)


def _rounded(value: float, *, signed: bool, digits: int = 2) -> str:
    size = abs(value)
    if size >= 1e15:
        told = f"{size:.3g}"
    else:
        places = digits - 1 - math.floor(math.log10(size)) if size else 0
        told = f"{size:,.{min(max(places, 0), 12)}f}"
    told = told.rstrip("0").rstrip(".") if "." in told else told
    if told == "0":
        return told
    return f"−{told}" if value < 0 else f"+{told}" if signed else told
