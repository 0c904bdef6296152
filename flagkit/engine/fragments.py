"""An outcome as JSON, in OpenFeature's remote evaluation form (OFREP): written once, joined ever after.

    {"key": "checkout", "value": true, "reason": "SPLIT", "variant": "on",
     "metadata": {"enabled": true, "ruleId": "eu"}}
    {"key": "checkout", "errorCode": "PARSE_ERROR", "errorDetails": "…", "metadata": {"enabled": false}}

Where an experiment decided, the metadata name it as `experiment`, and no rule. Where the caller's default applies,
`value` is left out and `variant` is null: providers read it without asking whether it is there, and the metadata of a
failure too. A value that JSON has no form for (a number that is not finite) cannot come out of a document.
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


def with_metadata(written: bytes, more: bytes) -> bytes:
    """The fragment with more metadata, as in `"revision":7`."""
    return written[:-2] + b"," + more + b"}}"


def _body(outcome: Outcome) -> dict[str, Any]:
    metadata = {"enabled": outcome.enabled, **_decider(outcome)}
    if outcome.error is not None:
        failure = {"errorCode": outcome.error, "errorDetails": outcome.detail}
        return {"key": outcome.flag, **failure, "metadata": metadata}
    value = {} if outcome.variant is None else {"value": outcome.value}
    success = {**value, "reason": outcome.reason, "variant": outcome.variant}
    return {"key": outcome.flag, **success, "metadata": metadata}


def _decider(outcome: Outcome) -> dict[str, str]:
    """The experiment or the rule that decided; nothing where neither did."""
    if outcome.experiment is not None:
        return {"experiment": outcome.experiment}
    return {} if outcome.rule is None else {"ruleId": outcome.rule}
