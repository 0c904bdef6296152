"""Snapshots and changes as a server sends them."""

import json
from collections.abc import Mapping
from typing import Any

ENVIRONMENT = {"id": "e1", "key": "staging", "name": "Staging", "project": "default"}


def body(*documents: Mapping[str, Any], revision: int = 7, **more: Any) -> bytes:
    """A snapshot of these documents; `total`, `after` and anything else may be set."""
    kinds: dict[str, dict[str, Any]] = {}
    for document in documents:
        kinds.setdefault(document.get("kind", "flag"), {})[document["key"]] = document
    head = {"format": 1, "environment": ENVIRONMENT, "revision": revision, "total": len(documents)}
    return json.dumps({**head, "documents": kinds, **more}).encode()
