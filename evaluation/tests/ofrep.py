"""How tests ask by OFREP, and the flags that they ask for."""

from typing import Any

from evaluation.doors.asgi import DecisionDoors
from evaluation.snapshot import Snapshot
from evaluation.tests.asking import Answer, ask, doors_with, flag_document, known, rule_for_testers, snapshot_of
from flagkit.engine.experiments import rule_of
from flagkit.tests.documents import colors, experiment

ALL, ONE = "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/"
SERVER_KEY, CLIENT_KEY, OTHER_KEY = "fp_server_a", "fp_client_a", "fp_server_b"
ROLLOUT = {"rollout": {"salt": "pepper", "ranges": [[0, 30_000]], "variant": "on", "otherwise": "off"}}
BUTTON = experiment("button", 10_000, flag="color")
FLAGS = [
    flag_document(),
    flag_document("off", enabled=False),
    flag_document("default", enabled=False, off_variant=None),
    flag_document("ruled", rules=[rule_for_testers(when={"attribute": "plan", "operator": "eq", "value": "pro"})]),
    flag_document("rollout", serve=ROLLOUT),
    flag_document("text", type="string", variants=[{"key": "on", "value": "grüße"}, {"key": "off", "value": ""}]),
    flag_document("whole", type="number", variants=[{"key": "on", "value": 3}, {"key": "off", "value": 0}]),
    flag_document("float", type="number", variants=[{"key": "on", "value": 2.0}, {"key": "off", "value": 0.5}]),
    flag_document("object", type="object", variants=[{"key": "on", "value": {"a": [1]}}, {"key": "off", "value": {}}]),
    flag_document("broken", serve={}),
    colors(experiment=rule_of(BUTTON)),
    BUTTON,
    experiment("alone", 10_000),
    experiment("nobody", allocations=[]),
]


def staging(*documents: dict[str, Any], **more: Any) -> Snapshot:
    """An environment with a server and a client key."""
    return snapshot_of(*documents, keys={**known(SERVER_KEY), **known(CLIENT_KEY, "client")}, **more)


def doors() -> DecisionDoors:
    return doors_with(staging(*FLAGS), snapshot_of(environment="production", keys=known(OTHER_KEY)))


def post(
    found: DecisionDoors,
    path: str = ALL,
    query: str = "",
    *,
    body: bytes | dict[str, Any] | None = None,
    key: str | None = SERVER_KEY,
    **context: Any,
) -> Answer:
    """Ask with a key, and with this context unless a body is given."""
    headers = {} if key is None else {"X-API-Key": key}
    return ask(found, path, query, method="POST", body={"context": context} if body is None else body, headers=headers)


def one(key: str, **context: Any) -> Any:
    """The answer for one of FLAGS."""
    return post(doors(), ONE + key, **context).json()
