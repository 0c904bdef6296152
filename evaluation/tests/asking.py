"""A client that calls an ASGI application in this process, as a server would."""

import asyncio
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlencode

import orjson

from accounts.key_hash import hash_of
from evaluation.doors.asgi import DecisionDoors
from evaluation.known_keys import KnownKey
from evaluation.snapshot import Address, Snapshot
from evaluation.store import Store


@dataclass
class Answer:
    status: int
    headers: dict[str, str]
    content: bytes

    def json(self) -> Any:
        return orjson.loads(self.content)


def ask(
    application: Any,
    path: str,
    query: str | dict[str, Any] = "",
    *,
    method: str = "GET",
    body: bytes | dict[str, Any] = b"",
    headers: dict[str, str] | None = None,
    peer: str = "",
) -> Answer:
    """Send one request and collect the answer; a body that is a dict is sent as JSON, in two chunks."""
    content = body if isinstance(body, bytes) else orjson.dumps(body)
    scope = {
        "type": "http",
        "http_version": "1.1",
        "method": method,
        "path": unquote(path),
        "client": (peer, 4711) if peer else None,
        "query_string": (query if isinstance(query, str) else urlencode(query)).encode(),
        "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
    }
    half = len(content) // 2
    incoming = [
        {"type": "http.request", "body": content[:half], "more_body": True},
        {"type": "http.request", "body": content[half:], "more_body": False},
    ]
    sent: list[dict[str, Any]] = []

    async def receive() -> dict[str, Any]:
        return incoming.pop(0)

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    asyncio.run(application(scope, receive, send))
    named = {name.decode(): value.decode() for name, value in sent[0]["headers"]}
    return Answer(sent[0]["status"], named, b"".join(part.get("body", b"") for part in sent[1:]))


def flag_document(key: str = "checkout", **changes: Any) -> dict[str, Any]:
    """A boolean flag that is on for everyone, and what the test changes about it."""
    document = {
        "schema": 1,
        "key": key,
        "type": "boolean",
        "enabled": True,
        "variants": [{"key": "on", "value": True}, {"key": "off", "value": False}],
        "off_variant": "off",
        "prerequisites": [],
        "targets": [],
        "rules": [],
        "serve": {"variant": "on"},
    }
    return {**document, **changes}


def audience_document(key: str = "testers", **changes: Any) -> dict[str, Any]:
    """An audience of Alice alone, and what the test changes about it."""
    document = {"schema": 1, "kind": "audience", "key": key, "included": ["alice"], "excluded": [], "rules": []}
    return {**document, **changes}


def rule_for_testers(**changes: Any) -> dict[str, Any]:
    """A rule that serves off to the audience of testers."""
    return {"id": "t", "when": {"operator": "in_audience", "value": "testers"}, "serve": {"variant": "off"}, **changes}


def snapshot_of(
    *documents: dict[str, Any], revision: int = 7, environment: str = "staging", **address: Any
) -> Snapshot:
    where = {"id": f"id-{environment}", "project": "default", "key": environment, "name": environment.title()}
    texts = {(document.get("kind", "flag"), document["key"]): orjson.dumps(document).decode() for document in documents}
    return Snapshot(Address(**{**where, "allows_keyless": True, **address})).advanced(revision, texts)


def known(text: str, kind: str = "server", **properties: Any) -> dict[str, KnownKey]:
    """An address's keys: the one of this text."""
    return {hash_of(text): KnownKey(hash_of(text), kind, **properties)}


def doors_with(*snapshots: Snapshot) -> DecisionDoors:
    store = Store()
    store.replace(snapshots, confirmed=True)
    return DecisionDoors(store)
