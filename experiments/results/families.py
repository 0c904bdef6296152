"""Which differences are significant once it counts how many were looked at: all goals in all treatments."""

from collections.abc import Iterable, Mapping
from typing import Any

from experiments.results.asked import Asked
from experiments.stats.errors import InvalidData
from experiments.stats.multiplicity import adjusted_p_values

Entry = dict[str, Any]
_Question = tuple[str, str]


def judged_together(metrics: Iterable[Entry], asked: Asked) -> list[Entry]:
    """The metrics' entries with `adjusted_p_value` and `is_significant`.

    Guardrails stand alone. What is significant has an interval without zero as well: an always-valid p-value does not
    go back up, and may tell of an effect that is gone. Without p-values, as in Bayesian results, the interval counts.
    """
    entries = list(metrics)
    adjusted = _adjusted(entries, asked)
    return [{**entry, "variants": _settled(entry, adjusted, asked.plan.alpha)} for entry in entries]


def _adjusted(entries: Iterable[Entry], asked: Asked) -> Mapping[_Question, float]:
    questions = {
        (entry["metric"], each["variant"]): each["p_value"]
        for entry in entries
        if entry["role"] == "goal"
        for each in entry["variants"]
        if each.get("p_value") is not None
    }
    if asked.plan.correction == "none":
        return questions
    # Those that cannot be answered yet were asked all the same: an answer must not change when they are.
    open_ones = {("", str(number)): 1.0 for number in range(asked.questions - len(questions))}
    try:
        return adjusted_p_values(dict(sorted({**questions, **open_ones}.items())), asked.plan.correction)
    except InvalidData:
        return {}


def _settled(entry: Entry, adjusted: Mapping[_Question, float], alpha: float) -> list[Entry]:
    return [
        each
        if each["is_control"]
        else _with_significance(each, adjusted.get((entry["metric"], each["variant"])), alpha)
        for each in entry["variants"]
    ]


def _with_significance(each: Entry, adjusted: float | None, alpha: float) -> Entry:
    p_value, interval = each["p_value"] if adjusted is None else adjusted, each["interval"]
    is_apart = interval is not None and not interval[0] <= 0 <= interval[1]
    if p_value is None:
        return {**each, "is_significant": is_apart}
    return {**each, "adjusted_p_value": p_value, "is_significant": is_apart and p_value < alpha}
