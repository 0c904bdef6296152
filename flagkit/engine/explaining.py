"""Why a flag answers what it answers: every step of the decision as data, down to each condition and bucket.

    {"flag": "checkout", "answer": {"value", "variant", "enabled", "reason", "detail", "error", "rule"}, "bucket": 4711,
     "steps": [{"step": "on", "passed": true},
               {"step": "prerequisite", "flag", "wanted": {…}, "actual": {"variant", "enabled"} | null, "passed"},
               {"step": "targets", "by", "actual", "decided": false},
               {"step": "rule" | "experiment", "id", "name", "active", "condition": {…}, "gates": [{…}], "decided"},
               {"step": "default", "decided": true, "serve": {…}}]}

A condition is `{"group": "all", "holds", "parts": […]}` or `{"attribute", "operator", "wanted", "negate", "actual",
"holds"}`; one that asks about audiences also has `"audiences": [{"key", "listed": "included" | "excluded" | null,
"rules": [{…}], "holds"}]`. A gate is `{"bucket", "of", "ranges", "passed"}` with its "layer"
or "holdout", what is served `{"variant"}` or `{"bucket", "of", "arms": [{"from", "to", "variant", "served"}]}`. The
step that decided is the last one. Nothing is counted.
"""

from typing import Any

from flagkit.engine.audiences import Nested
from flagkit.engine.conditions import Condition
from flagkit.engine.context import Context
from flagkit.engine.model import CircularPrerequisites, Flag, Rule
from flagkit.engine.outcome import Outcome, failed, unknown
from flagkit.engine.ruleset import Ruleset
from flagkit.engine.scalars import listed
from flagkit.engine.serving import Fixed, Gate, Serve, Split

Trace = dict[str, Any]


def explain(ruleset: Ruleset, key: str, context: Context) -> Trace:
    """The trace of this flag for this context. Never raises: it explains as far as it went."""
    steps: list[Trace] = []
    bucket = None
    try:
        serve = _decided(ruleset, key, context, steps) if key in ruleset else Fixed(unknown(key))
        outcome, bucket = serve.pick(context), serve.bucket(context)
    except Exception as error:
        outcome = failed(str(key), error)
    return {"flag": key, "answer": answer_of(outcome), "bucket": bucket, "steps": steps}


def answer_of(outcome: Outcome) -> Trace:
    return {
        "value": outcome.value,
        "variant": outcome.variant,
        "enabled": outcome.enabled,
        "reason": outcome.reason,
        "detail": outcome.detail,
        "error": outcome.error,
        "rule": outcome.rule,
        "experiment": outcome.experiment,
    }


def _decided(ruleset: Ruleset, key: str, context: Context, steps: list[Trace]) -> Serve:
    flag = ruleset.model(key)
    if flag is None:
        steps.append({"step": "broken", "decided": True})
        return ruleset.serve_for(key, context)
    steps.append({"step": "on", "passed": flag.off is None})
    if flag.off is not None:
        return flag.off
    return (
        _by_prerequisites(flag, ruleset, context, steps)
        or _by_targets(flag, context, steps)
        or _by_rules(flag, ruleset, context, steps)
        or _by_default(flag, context, steps)
    )


def _by_prerequisites(flag: Flag, ruleset: Ruleset, context: Context, steps: list[Trace]) -> Serve | None:
    for prerequisite in flag.prerequisites:
        wanted: Trace = {"variants": sorted(prerequisite.variants)} if prerequisite.variants is not None else {}
        wanted |= {"enabled": prerequisite.enabled} if prerequisite.enabled is not None else {}
        step: Trace = {"step": "prerequisite", "flag": prerequisite.flag, "wanted": wanted, "passed": False}
        steps.append(step)
        try:
            parent = ruleset.prerequisite(prerequisite.flag, context, (flag.key,))
        except CircularPrerequisites as error:
            if error.flag != flag.key:
                raise
            return flag.circular
        step["actual"] = None if parent is None else {"variant": parent.variant, "enabled": parent.enabled}
        step["passed"] = prerequisite.met_by(parent)
        if not step["passed"]:
            return prerequisite.unmet
    return None


def _by_targets(flag: Flag, context: Context, steps: list[Trace]) -> Serve | None:
    for target in flag.targets:
        own = target.serve_for(context)
        steps.append({"step": "targets", "by": target.by, "actual": target.read(context), "decided": own is not None})
        if own is not None:
            return own
    return None


def _by_rules(flag: Flag, ruleset: Ruleset, context: Context, steps: list[Trace]) -> Serve | None:
    for rule in flag.rules:
        step: Trace = {
            "step": "experiment" if rule.document is flag.document.get("experiment") else "rule",
            "id": rule.id,
            "name": rule.document.get("name") or rule.id,
            "active": rule.is_active(context.now),
            "condition": condition_trace(rule.condition, ruleset, context),
            "gates": [],
            "decided": False,
        }
        steps.append(step)
        serve = _by_rule(rule, step, context)
        if serve is not None:
            step["decided"] = True
            step["serve"] = _serve_trace(serve, context)
            return serve
    return None


def _by_rule(rule: Rule, step: Trace, context: Context) -> Serve | None:
    if not step["active"] or not step["condition"]["holds"]:
        return None
    for gate in rule.every_gate():
        trace = _gate_trace(gate, context)
        step["gates"].append(trace)
        if not trace["passed"]:
            return rule.on_gate_miss
    return rule.serve


def _by_default(flag: Flag, context: Context, steps: list[Trace]) -> Serve:
    steps.append({"step": "default", "decided": True, "serve": _serve_trace(flag.serve, context)})
    return flag.serve


def condition_trace(condition: Condition, ruleset: Ruleset, context: Context, inside: tuple[str, ...] = ()) -> Trace:
    """Each condition of the tree with what it wants, what is there, and whether that holds.

    `inside` are the keys of the audiences whose rules the condition is part of, the outermost first.
    """
    if condition.kind == "test":
        document = condition.document
        asked = listed(document) if document["operator"] == "in_audience" else ()
        return {
            "attribute": document.get("attribute"),
            "operator": document["operator"],
            "wanted": document.get("value"),
            "negate": document.get("negate", False),
            "actual": None if condition.actual is None else condition.actual(context),
            "holds": condition.holds(context, Nested(ruleset.audiences, inside) if inside else ruleset),
            **({"audiences": [_audience_trace(key, ruleset, context, inside) for key in asked]} if asked else {}),
        }
    decisive = condition.kind != "all"
    parts: list[Trace] = []
    decided = False
    for part in condition.parts:
        try:
            parts.append(condition_trace(part, ruleset, context, inside))
        except Exception:
            if not decided:
                raise
            parts.append({"holds": None})  # an evaluation does not get as far as this
        decided = decided or parts[-1]["holds"] is decisive
    return {"group": condition.kind, "holds": decided == (condition.kind == "any"), "parts": parts}


def _audience_trace(key: str, ruleset: Ruleset, context: Context, inside: tuple[str, ...]) -> Trace:
    """Why the subject is in the audience or not; one that does not exist or leads back to itself has nobody."""
    audience = ruleset.audiences.get(key)
    if audience is None or key in inside:
        return {"key": key, "listed": None, "rules": [], "holds": False}
    way = (*inside, key)
    return {
        "key": key,
        "listed": audience.listed(context),
        "rules": [condition_trace(rule, ruleset, context, way) for rule in audience.rules],
        "holds": audience.has(context, Nested(ruleset.audiences, way)),
    }


def _gate_trace(gate: Gate, context: Context) -> Trace:
    bucket = gate.dial.bucket(context)
    return {**gate.of, "bucket": bucket, "of": gate.dial.full, "ranges": gate.ranges, "passed": gate.lets(context)}


def _serve_trace(serve: Serve, context: Context) -> Trace:
    if not isinstance(serve, Split):
        return {"variant": serve.pick(context).variant}
    served = serve.pick(context)
    arms = [
        {"from": low, "to": high, "variant": outcome.variant, "served": outcome is served}
        for low, high, outcome in serve.arms
    ]
    return {"bucket": serve.bucket(context), "of": serve.dial.full, "arms": arms}
