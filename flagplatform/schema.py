"""What the fast doors answer, for the OpenAPI document: they are not Django views, so they are described here."""

from typing import Any

from flagplatform import events_schema, ofrep_schema

_TEXT = {"type": "string"}
_LEAST = "The revision before which no answer is wanted: one that is not here yet is waited for, for a second."
_TRACK = "Record that the user saw the variants of the answer; needs an API key."
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
        "experiment": {
            "type": "string",
            "description": "The key of the experiment that decided; left out where none did.",
        },
        "error_code": {"type": "string", "enum": ["PARSE_ERROR", "TARGETING_KEY_MISSING", "GENERAL"]},
    },
}
_ASSIGNMENT = {
    "type": "object",
    "required": ["experiment_key", "experiment_id", "variant_key", "variant_id", "payload"],
    "properties": {
        "experiment_key": _TEXT,
        "experiment_id": {"type": "string", "format": "uuid"},
        "variant_key": _TEXT,
        "variant_id": {"type": "string", "format": "uuid"},
        "payload": {"type": "object", "additionalProperties": {}},
    },
}
_DECISION = {
    "type": "object",
    "required": ["user_key", "environment", "config_version", "assignments"],
    "properties": {
        "user_key": _TEXT,
        "environment": _TEXT,
        "config_version": {"type": "integer"},
        "assignments": {
            "type": "array",
            "items": {"$ref": "#/components/schemas/Assignment"},
            "description": "One for each running experiment that the user is in, in the order of their keys.",
        },
    },
}
_ERROR = {
    "type": "object",
    "required": ["code", "message", "fields"],
    "properties": {
        "code": _TEXT,
        "message": _TEXT,
        "fields": {"type": "object", "additionalProperties": {"type": "array", "items": _TEXT}},
        "request_id": {"type": "string", "description": "Where something broke: by which the log knows the request."},
    },
}
_QUESTION = {
    "type": "object",
    "required": ["environment_key"],
    "properties": {
        "environment_key": _TEXT,
        "user_id": _TEXT,
        "context": {"type": "object"},
        "project": _TEXT,
        "min_version": {"type": "integer", "description": _LEAST},
    },
}


_DEFINITIONS = {
    "snapshot": "Everything that the environment evaluates",
    "changes": "The documents that are different since a revision",
    "stream": "Announces new revisions as server-sent events",
}
_DECISION_QUESTION = {
    "type": "object",
    "required": ["user_key", "env"],
    "properties": {
        "user_key": _TEXT,
        "env": _TEXT,
        "context": {"type": "object", "additionalProperties": {}},
        "experiments": {
            "type": "array",
            "items": _TEXT,
            "description": "Keys of those that are asked for; all without it.",
        },
        "project": _TEXT,
        "min_version": {"type": "integer", "description": _LEAST},
        "track": {"type": "boolean", "description": _TRACK},
    },
}


def only_below_api(endpoints: list[Any], **_: Any) -> list[Any]:
    """drf-spectacular's pre-processing hook: each view once, though it answers at the root as well."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/")]


def add_fast_doors(result: dict[str, Any], **_: Any) -> dict[str, Any]:
    """drf-spectacular's post-processing hook: add the decision and health paths."""
    schemas = result.setdefault("components", {}).setdefault("schemas", {})
    schemas.update({"EvaluationAnswer": _ANSWER, "EvaluationQuestion": _QUESTION, "Error": _ERROR})
    schemas.update({"Assignment": _ASSIGNMENT, "Decision": _DECISION, "DecisionQuestion": _DECISION_QUESTION})
    for described in (ofrep_schema, events_schema):
        schemas.update(described.SCHEMAS)
        result["paths"].update(described.paths())
    result["paths"]["/evaluate/{flag_key}"] = {"get": _evaluate_get(), "post": _evaluate_post()}
    for name, summary in _DEFINITIONS.items():
        result["paths"][f"/api/environments/{{key}}/{name}"] = {"get": _definitions(name, summary)}
    result["paths"]["/api/decide"] = {"get": _decide_get(), "post": _decide_post()}
    for name, summary in (
        ("health", "Status and the revision of every environment"),
        ("livez", "The process is alive"),
        ("readyz", "The process has data and can answer"),
    ):
        told = {"200": _content({"type": "object"}, "OK")}
        result["paths"][f"/{name}"] = {"get": _operation(name, "health", summary, told)}
    told = {
        "200": {"description": "OK", "content": {"text/plain": {"schema": _TEXT}}},
        "401": _content({"$ref": "#/components/schemas/Error"}, "METRICS_TOKEN is not shown"),
        "403": _content({"$ref": "#/components/schemas/Error"}, "No METRICS_TOKEN is set, and the caller is elsewhere"),
    }
    result["paths"]["/metrics"] = {"get": _operation("metrics", "health", "What Prometheus reads", told)}
    return result


def _evaluate_get() -> dict[str, Any]:
    parameters = [
        _query("environment_key", required=True),
        _query("user_id"),
        _query("context", description="JSON object of attributes"),
        _query("project"),
        _query("min_version", description=_LEAST),
    ]
    return {**_evaluate("evaluate"), "parameters": [_flag_key(), *parameters]}


def _evaluate_post() -> dict[str, Any]:
    return {**_evaluate("evaluate_by_body"), "parameters": [_flag_key()], "requestBody": _body("EvaluationQuestion")}


def _evaluate(name: str) -> dict[str, Any]:
    answers = _answers("EvaluationAnswer", unknown="Unknown project, environment or flag")
    return _asked_with_a_key(_operation(name, "evaluate", "Evaluate a flag for a user", answers))


def _decide_get() -> dict[str, Any]:
    parameters = [
        _query("user_key", required=True),
        _query("env", required=True),
        _query("context", description="JSON object of attributes"),
        _query("experiments", description="Keys of the experiments that are asked for, as in a,b; all without it"),
        _query("project"),
        _query("min_version", description=_LEAST),
        _query("track", description=_TRACK),
    ]
    return {**_decide("decide"), "parameters": parameters}


def _decide_post() -> dict[str, Any]:
    return {**_decide("decide_by_body"), "requestBody": _body("DecisionQuestion")}


def _decide(name: str) -> dict[str, Any]:
    answers = _answers("Decision", unknown="Unknown project or environment")
    return _asked_with_a_key(_operation(name, "decide", "Assign a user to the running experiments", answers))


def _asked_with_a_key(operation: dict[str, Any]) -> dict[str, Any]:
    """Some environments answer without one."""
    return {**operation, "security": [{}, {"apiKey": []}]}


def _answers(schema: str, *, unknown: str) -> dict[str, Any]:
    found = {"200": _content({"$ref": f"#/components/schemas/{schema}"}, "The answer")}
    for status, meaning in (
        ("400", "The question cannot be read"),
        ("401", "No, or no known, API key"),
        ("403", "The API key belongs to another environment, or does not allow the page's origin"),
        ("404", unknown),
        ("409", "The revision that min_version names is not here yet"),
        ("413", "The body is too large"),
        ("429", "The key, or the address, has asked too often: wait as long as Retry-After says"),
        ("503", "No configuration is loaded yet"),
    ):
        found[status] = _content({"$ref": "#/components/schemas/Error"}, meaning)
    return found


def _body(schema: str) -> dict[str, Any]:
    return {"content": {"application/json": {"schema": {"$ref": f"#/components/schemas/{schema}"}}}}


def _definitions(name: str, summary: str) -> dict[str, Any]:
    answers: dict[str, Any] = {"200": _content({"type": "object"}, summary)}
    if name == "stream":
        answers["200"] = {"description": summary, "content": {"text/event-stream": {"schema": _TEXT}}}
    for status, meaning in (("401", "No, or no known, API key"), ("403", "Not a server key of this environment")):
        answers[status] = _content({"$ref": "#/components/schemas/Error"}, meaning)
    if name == "changes":
        answers["410"] = _content({"$ref": "#/components/schemas/Error"}, "Too far back: take the snapshot")
    key = {"name": "key", "in": "path", "required": True, "schema": _TEXT}
    after = (
        [_query("after", required=True, description="The revision that the caller has")] if name == "changes" else []
    )
    operation = _operation(f"environment_{name}", "sdk", summary, answers)
    return {**operation, "parameters": [key, _query("project"), *after], "security": [{"apiKey": []}]}


def _operation(name: str, tag: str, summary: str, responses: dict[str, Any]) -> dict[str, Any]:
    return {"operationId": name, "tags": [tag], "summary": summary, "responses": responses}


def _content(schema: dict[str, Any], description: str) -> dict[str, Any]:
    return {"description": description, "content": {"application/json": {"schema": schema}}}


def _flag_key() -> dict[str, Any]:
    return {"name": "flag_key", "in": "path", "required": True, "schema": _TEXT}


def _query(name: str, *, required: bool = False, description: str = "") -> dict[str, Any]:
    return {"name": name, "in": "query", "required": required, "description": description, "schema": _TEXT}
