"""Why a flag answers what it answers to somebody in one environment, by the rows as they stand."""

from collections.abc import Mapping
from typing import Any

from accounts.models import Environment
from flagkit.engine import Audience, BrokenDocument, Context, Ruleset, compile_audience
from flagkit.engine.explaining import explain
from flagkit.engine.flipping import smallest_change
from flags.documents import audience_documents, documents
from flags.models import Flag
from flags.references import audiences_in, flags_in

Documents = Mapping[str, dict[str, Any]]


def explain_flag(
    flag: Flag, environment: Environment, context: Context, *, why_not: bool = False, variant: str | None = None
) -> dict[str, Any]:
    """The engine's trace (`flagkit/engine/explaining.py`), and with `why_not` as `flip` the smallest change of the
    context after which this variant, or any other one, would be served; None where there is none.
    """
    ruleset = ruleset_around(documents(environment, {flag.key}), environment)
    trace = trace_of(ruleset, flag.key, context)
    return {**trace, "flip": smallest_change(ruleset, flag.key, context, variant=variant)} if why_not else trace


def trace_of(ruleset: Ruleset, key: str, context: Context) -> dict[str, Any]:
    """The engine's trace, with the bucket in its sentence."""
    trace = explain(ruleset, key, context)
    trace["answer"]["detail"] = trace["answer"]["detail"].replace("{bucket}", str(trace["bucket"]))
    return trace


def ruleset_around(flags: Documents, environment: Environment) -> Ruleset:
    """These flags with everything that they ask: their prerequisites, theirs, and the audiences of all their rules."""
    found, asked = dict(flags), set(flags)
    while wanted := {key for each in found.values() for key in flags_in(each.get("prerequisites", ()))} - asked:
        found |= documents(environment, wanted)
        asked |= wanted
    audiences = {key for document in found.values() for key in audiences_in(_rules_in(document))}
    return Ruleset(found, _audiences(audiences, environment))


def _rules_in(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The flag's rules, and before them the experiment that runs on it."""
    experiment = document.get("experiment")
    return [*([experiment] if experiment else []), *document.get("rules", ())]


def _audiences(wanted: set[str], environment: Environment) -> dict[str, Audience]:
    found: dict[str, Audience] = {}
    while wanted:
        fresh = {key: _compiled(document) for key, document in audience_documents(environment, wanted).items()}
        found |= {key: audience for key, audience in fresh.items() if audience is not None}
        wanted = {key for audience in found.values() for key in audience.asks} - found.keys() - wanted
    return found


def _compiled(document: dict[str, Any]) -> Audience | None:
    """The audience; None where it is broken, as evaluation has it."""
    try:
        return compile_audience(document)
    except BrokenDocument:
        return None
