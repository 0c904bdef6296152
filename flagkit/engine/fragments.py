"""An outcome as JSON, in OpenFeature's remote evaluation form (OFREP): written once, joined ever after.

    {"key": "checkout", "value": true, "reason": "SPLIT", "variant": "on",
     "metadata": {"enabled": true, "ruleId": "eu"}}
    {"key": "checkout", "errorCode": "PARSE_ERROR", "errorDetails": "…"}

Where an experiment decided, the metadata name it as `experiment`, and no rule. Where the caller's default applies,
`value` is left out and `variant` is null: providers read it without asking whether it is there. A value that JSON has
no form for (a number that is not finite) cannot come out of a document.
"""

from typing import Any

from flagkit.engine.outcome import Outcome

_END = b"}}"


def fragment(outcome: Outcome) -> bytes:
    """The outcome as JSON in UTF-8."""
    if outcome.fragment is None:
        from json import dumps  # only who asks for JSON pays for the import

        written = dumps(_body(outcome), separators=(",", ":"), ensure_ascii=False)
        outcome.fragment = written.encode("utf-8", "replace")
    return outcome.fragment


def with_metadata(written: bytes, more: bytes) -> bytes:
    """The fragment of a success with more metadata, `"revision":7`; that of a failure has none and stays as it is."""
    return written[:-2] + b"," + more + _END if written.endswith(_END) else written


def _body(outcome: Outcome) -> dict[str, Any]:
    if outcome.error is not None:
        return {"key": outcome.flag, "errorCode": outcome.error, "errorDetails": outcome.detail}
    value = {} if outcome.variant is None else {"value": outcome.value}
    return {
        "key": outcome.flag,
        **value,
        "reason": outcome.reason,
        "variant": outcome.variant,
        "metadata": {"enabled": outcome.enabled, **_decider(outcome)},
    }


def _decider(outcome: Outcome) -> dict[str, str]:
    """The experiment or the rule that decided; nothing where neither did."""
    if outcome.experiment is not None:
        return {"experiment": outcome.experiment}
    return {} if outcome.rule is None else {"ruleId": outcome.rule}
