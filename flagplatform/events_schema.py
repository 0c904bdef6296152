"""What the events door takes and answers, for the OpenAPI document."""

from typing import Any

_TEXT = {"type": "string"}
_COMMON = {
    "event_id": {"type": "string", "maxLength": 100, "description": "Derived from the content where there is none."},
    "user_key": {"type": "string", "maxLength": 255},
    "timestamp": {
        "description": "ISO 8601 with a zone, or seconds or milliseconds since 1970; the time of receipt without it.",
        "oneOf": [{"type": "string", "format": "date-time"}, {"type": "number"}],
    },
    "attributes": {"type": "object", "additionalProperties": {}},
}
_EXPOSURE = {
    "type": "object",
    "required": ["type", "variant", "user_key"],
    "properties": {
        "type": {"type": "string", "enum": ["exposure"]},
        "experiment": {"type": "string", "description": "Its key; or that of a flag, as flag."},
        "flag": _TEXT,
        "variant": _TEXT,
        **_COMMON,
    },
}
_METRIC = {
    "type": "object",
    "required": ["type", "name", "user_key"],
    "properties": {
        "type": {"type": "string", "enum": ["metric"]},
        "name": {"type": "string", "maxLength": 100},
        "value": {"type": "number"},
        **_COMMON,
    },
}
_BATCH = {
    "type": "object",
    "required": ["events"],
    "properties": {
        "events": {"type": "array", "maxItems": 1_000, "items": {"$ref": "#/components/schemas/Event"}},
        "environment_key": {"type": "string", "description": "Needed with a person's access token."},
        "project": _TEXT,
    },
}
_RESULT = {
    "type": "object",
    "required": ["event_id", "status"],
    "properties": {
        "event_id": {"type": "string", "nullable": True},
        "status": {"type": "string", "enum": ["accepted", "duplicate", "rejected"]},
        "code": {"type": "string", "description": "Of a rejection."},
        "message": _TEXT,
    },
}
_RECEIPT = {
    "type": "object",
    "required": ["accepted", "duplicates", "rejected", "results"],
    "properties": {
        "accepted": {"type": "integer"},
        "duplicates": {"type": "integer"},
        "rejected": {"type": "integer"},
        "results": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/EventResult"},
            "description": "One for each event, in their order.",
        },
    },
}
SCHEMAS = {
    "Exposure": _EXPOSURE,
    "MetricEvent": _METRIC,
    "Event": {"oneOf": [{"$ref": f"#/components/schemas/{name}"} for name in ("Exposure", "MetricEvent")]},
    "EventBatch": _BATCH,
    "EventResult": _RESULT,
    "EventReceipt": _RECEIPT,
}
_REFUSALS = {
    "400": "The body cannot be told apart into events",
    "401": "No, or no known, API key or access token",
    "403": "The key belongs to another environment, or the person may not change this one",
    "413": "More than 1,000 events or 2 MB: split them",
    "429": "The key, or the address, has asked too often: wait as long as Retry-After says",
    "503": "More comes in than can be stored: send all of it again, after as long as Retry-After says",
}


def paths() -> dict[str, Any]:
    operation = {
        "operationId": "send_events",
        "tags": ["events"],
        "summary": "Record exposures and metric events",
        "parameters": [{"name": name, "in": "query", "schema": _TEXT} for name in ("environment_key", "project")],
        "requestBody": {"required": True, **_content("EventBatch")},
        "security": [{"apiKey": []}, {"bearer": []}],
        "responses": {
            "202": {
                "description": "What became of each event",
                **_content("EventReceipt"),
            },
            **{status: {"description": meaning, **_content("Error")} for status, meaning in _REFUSALS.items()},
        },
    }
    return {"/api/events": {"post": operation}}


def _content(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}
