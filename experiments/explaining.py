"""Why somebody is in which variant of an experiment, or in none, by the rows as they stand.

    {"experiment": "button-color", "status": "RUNNING", "variant": {"id", "key", "payload"} | null,
     "sentence": "Bucket 3797 has variant control.", "bucket": 3797 | null,
     "audience": {"key": "beta", "passed": true} | null, "layer": {"key", "bucket", "passed"} | null,
     "holdouts": [{"key", "bucket", "passed"}], "flag": "button" | null, "trace": {…}}

What was not asked, because something before it had answered, has null for `passed` and `bucket`. The trace is the
engine's (`flagkit/engine/explaining.py`), of the experiment or of the flag that it is on. An experiment that does not
run is explained as if it ran.
"""

from collections.abc import Mapping
from typing import Any

from experiments.documents import document_of
from experiments.holding import NotReady, missing_in
from experiments.models import Experiment
from flagkit.engine import Context, Ruleset
from flagkit.engine.experiments import flag_document, rule_of
from flags.documents import documents
from flags.explaining import ruleset_around, trace_of

Trace = dict[str, Any]
_NEVER_ASKED: Trace = {"condition": {"parts": [], "holds": None}, "gates": []}


def explain_experiment(experiment: Experiment, context: Context) -> dict[str, Any]:
    """Raises NotReady where it lacks what running it would take."""
    if lacking := list(missing_in(experiment)):
        raise NotReady(f"Experiment {experiment.key} cannot be explained yet. {' '.join(lacking)}")
    document = document_of(experiment)
    key = experiment.flag.key if experiment.flag else experiment.key
    trace = trace_of(_ruleset(experiment, document), key, context)
    step = next((step for step in trace["steps"] if step["step"] == "experiment"), _NEVER_ASKED)
    chosen = trace["answer"]["variant"] if trace["answer"]["experiment"] == experiment.key else None
    return {
        "experiment": experiment.key,
        "status": experiment.status,
        "variant": next((variant for variant in document["variants"] if variant["key"] == chosen), None),
        "sentence": _sentence(document, step, trace),
        "bucket": _bucket(step),
        "audience": _audience(document, step),
        "layer": next(iter(_passages([document["layer"]] if document["layer"] else [], "layer", step)), None),
        "holdouts": _passages(document["holdouts"], "holdout", step),
        "flag": document["flag"],
        "trace": trace,
    }


def _ruleset(experiment: Experiment, document: Mapping[str, Any]) -> Ruleset:
    """The experiment with everything that it asks; on a flag, that flag with it."""
    if experiment.flag is None:
        return ruleset_around({experiment.key: flag_document(document)}, experiment.environment)
    flag = documents(experiment.environment, [experiment.flag.key])[experiment.flag.key]
    return ruleset_around({experiment.flag.key: {**flag, "experiment": rule_of(document)}}, experiment.environment)


def _audience(document: Mapping[str, Any], step: Trace) -> dict[str, Any] | None:
    parts = step["condition"]["parts"]
    if document["audience"] is None:
        return None
    return {"key": document["audience"], "passed": parts[0]["holds"] if parts else None}


def _passages(groups: list[Any], kind: str, step: Trace) -> list[dict[str, Any]]:
    """Where the subject was counted for these layers or holdouts, and whether that let it through."""
    asked = {gate[kind]: gate for gate in step["gates"] if kind in gate}
    nothing: Trace = {"bucket": None, "passed": None}
    found = [(group["key"], asked.get(group["key"], nothing)) for group in groups]
    return [{"key": key, "bucket": gate["bucket"], "passed": gate["passed"]} for key, gate in found]


def _bucket(step: Trace) -> Any:
    """The subject's bucket of the experiment itself; None where it was not counted."""
    own = [gate["bucket"] for gate in step["gates"] if "layer" not in gate and "holdout" not in gate]
    return step["serve"]["bucket"] if "serve" in step else next(iter(own), None)


def _sentence(document: Mapping[str, Any], step: Trace, trace: Trace) -> str:
    answer, stopped = trace["answer"], next((gate for gate in step["gates"] if not gate["passed"]), None)
    if answer["error"] is not None:
        return f"It cannot be answered: {answer['detail']}."
    if step is _NEVER_ASKED:
        return f"Flag {document['flag']} answers before it asks the experiment: {answer['detail']}."
    if not step["condition"]["holds"]:
        audience = _audience(document, step)
        outside = f"The user is not in audience {document['audience']}."
        return outside if audience and not audience["passed"] else "None of the targeting rules matches."
    if stopped is None:
        return f"Bucket {_bucket(step)} has variant {answer['variant']}."
    if "holdout" in stopped:
        return f"Holdout {stopped['holdout']} keeps the user out, by bucket {stopped['bucket']}."
    if "layer" in stopped:
        return f"The experiment does not hold bucket {stopped['bucket']} of layer {stopped['layer']}."
    return f"Bucket {stopped['bucket']} has no variant."
