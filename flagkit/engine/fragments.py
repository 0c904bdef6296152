"""An outcome as JSON, in OpenFeature's remote evaluation form (OFREP): written once, joined ever after.

    {"key": "checkout", "value": true, "reason": "SPLIT", "variant": "on", "metadata": {"rule": "eu", "enabled": true}}
    {"key": "checkout", "errorCode": "PARSE_ERROR", "errorDetails": "…"}

`value` and `variant` are left out where the caller's default applies. A value that JSON has no form for (a number that
is not finite) cannot come out of a document.
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
    rule = {} if outcome.rule is None else {"rule": outcome.rule}
    return {
        "key": outcome.flag,
        **served,
        "reason": outcome.reason,
        "metadata": {**rule, "enabled": outcome.enabled},
    }
