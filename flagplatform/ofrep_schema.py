"""What OFREP's doors answer, for the OpenAPI document; the protocol's own is published by OpenFeature."""

from typing import Any

from evaluation.doors import ofrep

_TEXT = {"type": "string"}
_QUESTION = {
    "type": "object",
    "properties": {
        "context": {
            "type": "object",
            "properties": {"targetingKey": {**_TEXT, "description": "The id that is bucketed."}},
            "additionalProperties": {},
        }
    },
}
_METADATA = {"type": "object", "additionalProperties": {}}
_SUCCESS = {
    "type": "object",
    "required": ["key", "reason", "variant", "metadata"],
    "properties": {
        "key": _TEXT,
        "value": {"description": "Left out where the default of the calling code applies."},
        "reason": {"type": "string", "enum": ["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED"]},
        "variant": {"type": "string", "nullable": True},
        "metadata": _METADATA,
    },
}
_FAILURE = {
    "type": "object",
    "required": ["errorCode", "errorDetails", "metadata"],
    "properties": {"key": _TEXT, "errorCode": _TEXT, "errorDetails": _TEXT, "metadata": _METADATA},
}
_ONE, _FAILED = ({"$ref": f"#/components/schemas/Remote{name}"} for name in ("Success", "Failure"))
_ALL = {
    "type": "object",
    "required": ["flags", "metadata", "eventStreams"],
    "properties": {
        "flags": {"type": "array", "items": {"anyOf": [_ONE, _FAILED]}},
        "metadata": _METADATA,
        "eventStreams": {"type": "array", "items": {"type": "object", "additionalProperties": {}}},
    },
}
SCHEMAS = {"RemoteQuestion": _QUESTION, "RemoteSuccess": _SUCCESS, "RemoteFailure": _FAILURE}
_REFUSALS = {
    "400": "The question cannot be read, or the flag cannot answer it",
    "401": "No, or no good, API key",
    "403": "The API key belongs to another environment",
    "404": "No such flag",
    "413": "The body is too large",
    "503": "No configuration is loaded yet",
}


def paths() -> dict[str, Any]:
    """The paths that OFREP's clients ask, as OpenAPI describes them."""
    one, everything = _asked("remote_one", "One flag", _ONE), _asked("remote_all", "All flags", _ALL)
    one["parameters"].append({"name": "key", "in": "path", "required": True, "schema": _TEXT})
    everything["responses"]["304"] = {"description": "The answers are those that If-None-Match names"}
    token = {"name": "token", "in": "query", "required": True, "schema": _TEXT}
    stream = {
        "operationId": "remote_stream",
        "tags": ["ofrep"],
        "summary": "Says when to ask again, as server-sent events; its address comes with all flags",
        "parameters": [token],
        "responses": {
            "200": {"description": "Events", "content": {"text/event-stream": {"schema": _TEXT}}},
            "401": _content("The token is not good, or not any more", _FAILED),
        },
    }
    return {f"{ofrep.ONE}{{key}}": {"post": one}, ofrep.ALL: {"post": everything}, ofrep.STREAM: {"get": stream}}


def _asked(name: str, what: str, answer: dict[str, Any]) -> dict[str, Any]:
    """An operation with a context as its body; a key is needed where the query names no environment."""
    question = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/RemoteQuestion"}}}}
    refusals = {status: _content(meaning, _FAILED) for status, meaning in _REFUSALS.items()}
    return {
        "operationId": name,
        "tags": ["ofrep"],
        "summary": f"{what}, by OpenFeature's remote evaluation protocol (OFREP)",
        "security": [{}, {"apiKey": []}],
        "parameters": [{"name": each, "in": "query", "schema": _TEXT} for each in ("environment_key", "project")],
        "requestBody": question,
        "responses": {"200": _content("The answer", answer), **refusals},
    }


def _content(description: str, schema: dict[str, Any]) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}
