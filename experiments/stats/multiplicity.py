"""What is left of p-values when many questions are asked at once: a family is all metrics times all arms."""

from collections.abc import Callable, Hashable, Mapping
from typing import Literal, TypeVar

import numpy as np

from experiments.stats.errors import InvalidData, require_share
from experiments.stats.inference import inside
from experiments.stats.moments import Vector

Question = TypeVar("Question", bound=Hashable)
Method = Literal["holm", "benjamini-hochberg", "bonferroni"]


def adjusted_p_values(p_values: Mapping[Question, float], method: Method = "holm") -> dict[Question, float]:
    """The p-values of one family by question, for example (metric, arm), made comparable with alpha as they stand.

    Holm (Scand. J. Statist. 6, 1979) and Bonferroni hold the chance of any false alarm; Benjamini and Hochberg (J. R.
    Statist. Soc. B 57, 1995) hold the share of false ones among the alarms. Questions without an answer yet belong
    in with 1. Raises InvalidData.
    """
    if method not in _STEPS:
        raise InvalidData(f"there is no method {method!r}; there are {', '.join(_STEPS)}")
    for value in p_values.values():
        if not 0 <= value <= 1:
            raise InvalidData(f"a p-value has to lie between 0 and 1, not {value}")
    if not p_values:
        return {}
    given = np.array(list(p_values.values()), np.float64)
    order = given.argsort()
    adjusted = np.empty_like(given)
    adjusted[order] = _STEPS[method](given[order])
    return {question: inside(p) for question, p in zip(p_values, adjusted.tolist(), strict=True)}


def family_confidence(confidence: float, questions: int) -> float:
    """The confidence at which to show each of so many intervals, so that all hold together (Bonferroni)."""
    require_share(confidence=confidence)
    if questions < 1:
        raise InvalidData("a family has at least one question")
    return 1 - (1 - confidence) / questions


def _bonferroni(ascending: Vector) -> Vector:
    return ascending * ascending.size


def _holm(ascending: Vector) -> Vector:
    return np.maximum.accumulate(ascending * np.arange(ascending.size, 0, -1))


def _benjamini_hochberg(ascending: Vector) -> Vector:
    scaled = ascending * ascending.size / np.arange(1, ascending.size + 1)
    return np.minimum.accumulate(scaled[::-1])[::-1]


_STEPS: dict[Method, Callable[[Vector], Vector]] = {
    "holm": _holm,
    "benjamini-hochberg": _benjamini_hochberg,
    "bonferroni": _bonferroni,
}
