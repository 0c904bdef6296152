"""Why a flag answers what it answers to somebody in one environment, by the rows as they stand."""

from typing import Any

from accounts.models import Environment
from flagkit.engine import Audience, BrokenDocument, Context, Ruleset, compile_audience
from flagkit.engine.explaining import explain
from flagkit.engine.flipping import smallest_change
from flags.documents import audience_documents, documents
from flags.models import Flag
from flags.references import audiences_in, flags_in


def explain_flag(
    flag: Flag, environment: Environment, context: Context, *, why_not: bool = False, variant: str | None = None
) -> dict[str, Any]:
    """The engine's trace (`flagkit/engine/explaining.py`), and with `why_not` as `flip` the smallest change of the
    context after which this variant, or any other one, would be served; None where there is none.
    """
    ruleset = _ruleset(flag, environment)
    trace = explain(ruleset, flag.key, context)
    trace["answer"]["detail"] = trace["answer"]["detail"].replace("{bucket}", str(trace["bucket"]))
    return {**trace, "flip": smallest_change(ruleset, flag.key, context, variant=variant)} if why_not else trace


def _ruleset(flag: Flag, environment: Environment) -> Ruleset:
    """The flag with everything that it asks: its prerequisites, theirs, and the audiences of all their rules."""
    found: dict[str, dict[str, Any]] = {}
    wanted = {flag.key}
    while wanted:
        fresh = documents(environment, wanted)
        found |= fresh
        wanted = {key for each in fresh.values() for key in flags_in(each["prerequisites"])} - found.keys() - wanted
    asked = {key for document in found.values() for key in audiences_in(document["rules"])}
    return Ruleset(found, _audiences(asked, environment))


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
