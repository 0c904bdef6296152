"""Why not? The smallest change of a context after which a flag would answer otherwise.

    {"set": {"plan": "pro"}, "remove": ["beta"], "answer": {…}}

Every change that is told was tried. Which bucket a subject falls into is no part of its context, so a share that is too
small is not mended here; neither is what depends on the time, on the targeting key, or on a regular expression.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from flagkit.engine.candidates import Change, changes
from flagkit.engine.context import Context
from flagkit.engine.explaining import answer_of
from flagkit.engine.model import Flag
from flagkit.engine.outcome import Outcome
from flagkit.engine.ruleset import Ruleset

_MOST_RULES = 50


def smallest_change(
    ruleset: Ruleset, key: str, context: Context, *, variant: str | None = None
) -> dict[str, Any] | None:
    """The change with the fewest attributes after which this variant, or any other than now, is served.

    None where no change was found. Never raises.
    """
    try:
        flag = ruleset.model(key) if key in ruleset else None
        return None if flag is None else _found(ruleset, flag, context, variant)
    except Exception:
        return None


def _found(ruleset: Ruleset, flag: Flag, context: Context, variant: str | None) -> dict[str, Any] | None:
    standing = _answer(ruleset, flag, context).variant
    for change in sorted(_candidates(ruleset, flag, context), key=len):
        if not change:
            continue
        answer = _answer(ruleset, flag, changed(context, change))
        if answer.error is None and answer.variant != standing and variant in (None, answer.variant):
            wanted = {name: value for name, value in change.items() if value is not None}
            removed = [name for name, value in change.items() if value is None]
            return {"set": wanted, "remove": removed, "answer": answer_of(answer)}
    return None


def changed(context: Context, change: Mapping[str, Any]) -> Context:
    """The context after the change."""
    kept = {name: value for name, value in context.attributes.items() if change.get(name, True) is not None}
    return Context(context.key, {**kept, **change}, context.now)


def _answer(ruleset: Ruleset, flag: Flag, context: Context) -> Outcome:
    return flag.serve_for(context, ruleset).pick(context)


def _candidates(ruleset: Ruleset, flag: Flag, context: Context) -> Iterator[Change]:
    """Changes that let each rule match, or stop the one that matches; and the same in the flags that it needs."""
    for target in flag.targets:
        if target.by not in ("targeting_key", "now"):
            yield from ({target.by: value} for value in list(target.serves)[:_MOST_RULES])
    for rule in flag.rules[:_MOST_RULES]:
        for wanted in (True, False):
            yield from changes(rule.condition, wanted, context, ruleset, ruleset.audiences)
    for prerequisite in flag.prerequisites:
        parent = ruleset.model(prerequisite.flag) if prerequisite.flag in ruleset else None
        if parent is not None and parent.key != flag.key and not parent.prerequisites:
            yield from _candidates(ruleset, parent, context)
