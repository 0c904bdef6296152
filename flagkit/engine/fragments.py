"""An outcome as JSON, in OpenFeature's remote evaluation form (OFREP): written once, joined ever after.

    {"key": "checkout", "value": true, "reason": "SPLIT", "variant": "on", "metadata": {"rule": "eu", "enabled": true}}
    {"key": "checkout", "errorCode": "PARSE_ERROR", "errorDetails": "…"}

Where an experiment decided, the metadata name it as `experiment`, and no rule. `value` and `variant` are left out where
the caller's default applies. A value that JSON has no form for (a number that is not finite) cannot come out of a
document.
"""

from typing import Any

from flagkit.engine.outcome import Outcome


def fragment(outcome: Outcome) -> bytes:
    """The outcome as JSON in UTF-8."""
    if outcome.fragment is None:
        from json import dumps  # only who asks for JSON pays for the import

        written = dumps(_body(outcome), separators=(",", ":"), ensure_ascii=False)
        outcome.fragment = written.encode("utf-8", "replace")
    return outcome.fragment


def _body(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        return {"key": outcome.flag, "errorCode": outcome.error, "errorDetails": outcome.detail}
    served = {} if outcome.variant is None else {"value": outcome.value, "variant": outcome.variant}
    return {
        "key": outcome.flag,
        **served,
        "reason": outcome.reason,
        "metadata": {**_decider(outcome), "enabled": outcome.enabled},
    }


def _decider(outcome: Outcome) -> dict[str, str]:
    """The experiment or the rule that decided; nothing where neither did."""
    if outcome.experiment is not None:
        return {"experiment": outcome.experiment}
    return {} if outcome.rule is None else {"rule": outcome.rule}
