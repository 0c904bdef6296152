"""What the fast doors answer, for the OpenAPI document: they are not Django views, so they are described here."""

from typing import Any

_TEXT = {"type": "string"}
_ANSWER = {
    "type": "object",
    "required": ["enabled", "flag_key", "value", "variant", "reason", "detail", "cached", "config_version"],
    "properties": {
        "enabled": {"type": "boolean"},
        "flag_key": _TEXT,
        "value": {"description": "The variant's value; null where the caller's default applies."},
        "variant": {"type": "string", "nullable": True},
        "reason": {"type": "string", "enum": ["STATIC", "DEFAULT", "TARGETING_MATCH", "SPLIT", "DISABLED", "ERROR"]},
        "detail": {"type": "string", "example": "user bucket 1234 is within the 30 % rollout"},
        "cached": {"type": "boolean"},
        "config_version": {"type": "integer"},
        "rule_id": {"type": "string", "description": "The rule that decided; left out where none did."},
        "error_code": {"type": "string", "enum": ["PARSE_ERROR", "TARGETING_KEY_MISSING", "GENERAL"]},
    },
}
_ERROR = {
    "type": "object",
    "required": ["code", "message", "fields"],
    "properties": {
        "code": _TEXT,
        "message": _TEXT,
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
    },
}
_QUESTION = {
    "type": "object",
    "required": ["environment_key"],
    "properties": {"environment_key": _TEXT, "user_id": _TEXT, "context": {"type": "object"}, "project": _TEXT},
}


def only_below_api(endpoints: list[Any], **_: Any) -> list[Any]:
    """drf-spectacular's pre-processing hook: each view once, though it answers at the root as well."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def add_fast_doors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's post-processing hook: add the decision and health paths."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update({"EvaluationAnswer": _ANSWER, "EvaluationQuestion": _QUESTION, "Error": _ERROR})
    result["paths"]["/evaluate/{flag_key}"] = {"get": _evaluate_get(), "post": _evaluate_post()}
    for name, summary in (
        ("health", "Status and the revision of every environment"),
        ("livez", "The process is alive"),
        ("readyz", "The process has data and can answer"),
    ):
        told = {"200": _content({"type": "object"}, "OK")}
        result["paths"][f"/{name}"] = {"get": _operation(name, "health", summary, told)}
    return result


def _evaluate_get() -> dict[str, Any]:
    parameters = [
        _query("environment_key", required=True),
        _query("user_id"),
        _query("context", description="JSON object of attributes"),
        _query("project"),
    ]
    return {**_evaluate("evaluate"), "parameters": [_flag_key(), *parameters]}


def _evaluate_post() -> dict[str, Any]:
    body = {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/EvaluationQuestion"}}}}
    return {**_evaluate("evaluate_by_body"), "parameters": [_flag_key()], "requestBody": body}


def _evaluate(name: str) -> dict[str, Any]:
    answers = {"200": _content({"$ref": "#/components/schemas/EvaluationAnswer"}, "The answer")}
    for status, meaning in (
        ("400", "The question cannot be read"),
        ("401", "No, or no known, API key"),
        ("404", "Unknown project, environment or flag"),
        ("503", "No configuration is loaded yet"),
    ):
        answers[status] = _content({"$ref": "#/components/schemas/Error"}, meaning)
    security: list[dict[str, Any]] = [{}, {"apiKey": []}]
    return {**_operation(name, "evaluate", "Evaluate a flag for a user", answers), "security": security}


def _operation(name: str, tag: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": responses}


def _content(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _flag_key() -> dict[str, Any]:
    return {"name": "flag_key", "in": "path", "required": True, "schema": _TEXT}


def _query(name: str, *, required: bool = False, description: str = "") -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": _TEXT}
