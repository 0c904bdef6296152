"""OFREP's published OpenAPI document as what answers are held against."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry
from referencing.jsonschema import DRAFT202012

SPECIFICATION = Path(__file__).parents[3] / "shared" / "ofrep" / "openapi.yaml"
THERE = pytest.mark.skipif(not SPECIFICATION.exists(), reason=f"OFREP's specification is not there ({SPECIFICATION})")
_OPERATIONS = {"one": "/ofrep/v1/evaluate/flags/{key}", "all": "/ofrep/v1/evaluate/flags"}


def published() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(SPECIFICATION.read_text())
    return found


def relaxed() -> dict[str, Any]:
    """What is published, without what no valued flag and no provider can live with.

    A number is an integer flag and a float flag at once, and any flag is one that leaves the value out: `oneOf` would
    refuse them all. DEFAULT is a reason of the SDKs. Providers index `variant`, so it is null rather than left out.
    """
    document = copy.deepcopy(published())
    success, value = document["components"]["schemas"]["evaluationSuccess"]["allOf"]
    value["anyOf"] = value.pop("oneOf")
    success["properties"]["reason"]["enum"].append("DEFAULT")
    success["properties"]["variant"]["type"] = ["string", "null"]
    return document


def validator(document: dict[str, Any], pointer: str) -> Draft202012Validator:
    """What holds a value against the schema at this place of the document."""
    registry = Registry().with_resource("urn:ofrep", DRAFT202012.create_resource(document))
    return Draft202012Validator({"$ref": f"urn:ofrep#{pointer}"}, registry=registry)


def answers(document: dict[str, Any]) -> Callable[[str, int, Any], None]:
    """`check("one" or "all", status, body)` fails where the body is not what the document says of that status."""

    def check(operation: str, status: int, body: Any) -> None:
        path = _OPERATIONS[operation].replace("/", "~1").replace("{", "%7B").replace("}", "%7D")
        pointer = f"/paths/{path}/post/responses/{status}/content/application~1json/schema"
        validator(document, pointer).validate(body)

    return check
