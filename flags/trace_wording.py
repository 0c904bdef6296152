"""Why a flag answers what it answers, in words for people: the engine's trace, step by step."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from flags.condition_wording import test_words, value_words

Trace = Mapping[str, Any]

_GROUPS = {
    "all": "all of these",
    "any": "at least one of these",
    "none": "none of these",
    "not": "not this",
}


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that was asked: `holds` says how it came out, None where that is no question."""

    words: str
    holds: bool | None
    parts: Sequence["Line"] = ()


@dataclass(frozen=True, slots=True)
class Why:
    """`answer` and `flip` are sentences; `flip` is empty where nothing in the context would change the answer."""

    answer: str
    detail: str
    steps: Sequence[Line]
    flip: str


def why(trace: Trace) -> Why:
    """The words of `explain_flag(…, why_not=True)`."""
    return Why(
        answer=_answer(trace["answer"]),
        detail=trace["answer"]["detail"],
        steps=step_lines(trace["steps"]),
        flip=_flip(trace.get("flip")),
    )


def step_lines(steps: Sequence[Trace]) -> list[Line]:
    """The words of steps of a trace."""
    return [_step(step) for step in steps]


def _answer(answer: Trace) -> str:
    if answer["error"]:
        return f"Nothing ({answer['error']}): callers use their own default."
    if answer["variant"] is None:
        return "Nothing: callers use their own default."
    return f"{answer['variant']} ({value_words(answer['value'])})"


def _step(step: Trace) -> Line:
    return _TOLD.get(step["step"], _unknown)(step)


def _on(step: Trace) -> Line:
    return Line("The flag is on." if step["passed"] else "The flag is off.", step["passed"])


def _prerequisite(step: Trace) -> Line:
    wanted = step["wanted"]
    told = [f"has to be {'on' if wanted['enabled'] else 'off'}"] if "enabled" in wanted else []
    told += [f"has to serve {' or '.join(wanted['variants'])}"] if "variants" in wanted else []
    actual = step.get("actual")
    if actual is None:
        now = "there is no such flag"
    else:
        now = f"it is {'on' if actual['enabled'] else 'off'} and serves {actual['variant'] or 'nothing'}"
    return Line(f"Flag {step['flag']} {' and '.join(told)}: {now}.", step["passed"])


def _targets(step: Trace) -> Line:
    by = "The user" if step["by"] == "targeting_key" else f"The {step['by']}"
    actual = "missing" if step["actual"] is None else value_words(step["actual"])
    return Line(f"{by} ({actual}) is {'' if step['decided'] else 'not '}named among the targets.", step["decided"])


def _rule(step: Trace) -> Line:
    what = "Experiment" if step["step"] == "experiment" else "Rule"
    parts = [] if step["active"] else [Line("It is not active now.", False)]
    parts.append(_condition(step["condition"]))
    parts += [Line(_bucket(_gate(gate), gate), gate["passed"]) for gate in step["gates"]]
    parts += [*_served(step["serve"])] if "serve" in step else []
    outcome = "decides" if step["decided"] else "does not apply"
    return Line(f"{what} {step['name']} {outcome}.", step["decided"], parts)


def _default(step: Trace) -> Line:
    return Line("No rule decided, so the default does.", True, [*_served(step["serve"])])


def _unknown(step: Trace) -> Line:
    return Line("The flag is broken and cannot answer. Open its rules and save them again.", False)


def _condition(trace: Trace) -> Line:
    if "group" in trace:
        parts = [_condition(part) for part in trace["parts"]]
        if trace["group"] == "all" and len(parts) == 1:
            return parts[0]
        words = _GROUPS[trace["group"]] if parts else "no condition"
        return Line(f"{words}{':' if parts else '.'}", trace["holds"], parts)
    if "operator" not in trace:
        return Line("not asked", None)
    told = test_words({**trace, "value": trace["wanted"]})
    if trace["operator"] == "in_audience":
        return Line(f"{told}.", trace["holds"], [_audience(audience) for audience in trace["audiences"]])
    actual = "it is missing" if trace["actual"] is None else f"it is {value_words(trace['actual'])}"
    return Line(f"{told}: {actual}.", trace["holds"])


def _audience(trace: Trace) -> Line:
    if trace["listed"]:
        return Line(f"The user is {trace['listed']} by name in {trace['key']}.", trace["holds"])
    rules = [_condition(rule) for rule in trace["rules"]]
    rest = "one of its rules has to match:" if rules else "it has no rules."
    return Line(f"The user is not named in {trace['key']}; {rest}", trace["holds"], rules)


def _served(serve: Trace) -> Iterator[Line]:
    if "arms" not in serve:
        yield Line(f"Served: {serve['variant'] or 'nothing'}.", None)
        return
    for arm in serve["arms"]:
        yield Line(_range(arm), True if arm["served"] else None)
    yield Line(f"The user's bucket: {_number(serve['bucket'])} of {serve['of']:,}.", None)


def _range(arm: Trace) -> str:
    return f"{arm['variant'] or 'nothing'}: buckets {_number(arm['from'])} to below {_number(arm['to'])}."


def _bucket(what: str, gate: Trace) -> str:
    ranges = ", ".join(f"{_number(low)} to below {_number(high)}" for low, high in gate["ranges"]) or "none"
    return f"{what}: buckets {ranges} of {gate['of']:,}; the user's is {_number(gate['bucket'])}."


def _gate(gate: Trace) -> str:
    """Whom the gate lets through."""
    if "holdout" in gate:
        return f"Those whom holdout {gate['holdout']} leaves in"
    if "layer" in gate:
        return f"The share of layer {gate['layer']} that it holds"
    return "The share of users it is for"


def _number(bucket: float | None) -> str:
    return "none, because the id is missing" if bucket is None else f"{bucket:,}"


def _flip(flip: Trace | None) -> str:
    if flip is None:
        return ""
    changes = [f"{name} were {value_words(value)}" for name, value in flip["set"].items()]
    changes += [f"{name} were missing" for name in flip["remove"]]
    return f"If {' and '.join(changes)}, the answer would be {_answer(flip['answer'])}."


_TOLD = {
    "on": _on,
    "prerequisite": _prerequisite,
    "targets": _targets,
    "rule": _rule,
    "experiment": _rule,
    "default": _default,
}
