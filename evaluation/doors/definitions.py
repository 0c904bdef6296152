"""`GET /api/environments/{key}/snapshot` and `…/changes?after=7`: what an SDK evaluates by itself.

    {"format": 1, "environment": {"id": …, "key": "staging", "name": …, "project": "default"},
     "epoch": 0, "revision": 9, "after": 7, "total": 12,
     "documents": {"flag": {"checkout": {…}, "old": null}, "audience": {…}}}

A snapshot has every document; changes have those that are different since `after` (null: taken away), and say so by
that field. `total` is how many documents the environment has at that revision. Both carry the revision as an ETag, and
the body's digest as RFC 9530 writes it.
"""

import base64
import hashlib
from collections import defaultdict
from collections.abc import Collection
from typing import Any, NamedTuple

import orjson

from evaluation.doors.access import definitions_for
from evaluation.doors.wire import Refused, Reply, Request
from evaluation.snapshot import Address, Snapshot
from evaluation.store import Store
from flags.kinds import Name

FORMAT = 1
_DIGITS = 18  # of a revision in a query


class _Written(NamedTuple):
    """A body that was made from a snapshot, and its digest."""

    snapshot: Snapshot
    body: bytes
    digest: str


_newest: dict[str, _Written] = {}  # by environment: callers at the same revision are sent the same bytes


def snapshot(request: Request, store: Store, *, environment: str) -> Reply:
    """Everything that the environment evaluates; 304 where the caller has it. Raises Refused."""
    found = definitions_for(request, store, environment=environment)
    if request.has_any(tag_of(found)):
        return _unchanged(found)
    written = _newest.get(found.address.id)
    if written is None or written.snapshot is not found:
        body = _body(found, found.texts)
        written = _newest[found.address.id] = _Written(found, body, digest_of(body))
    return Reply(200, written.body, {"ETag": tag_of(found), "Content-Digest": written.digest})


def changes(request: Request, store: Store, *, environment: str) -> Reply:
    """What changed after a revision; 304 where nothing did. Raises Refused, with 410 where that is too far back."""
    after = _after(request.parameters().get("after", ""))
    found = definitions_for(request, store, environment=environment)
    if request.has_any(tag_of(found)):
        return _unchanged(found)
    names = found.recent.after(after)
    if names is None:
        raise Refused(410, "too_far_back", f"What changed after revision {after} is not kept here: take the snapshot.")
    body = _body(found, names, after=after)
    return Reply(200, body, {"ETag": tag_of(found), "Content-Digest": digest_of(body)})


def tag_of(found: Snapshot) -> str:
    return f'"{found.address.id}:{found.epoch}.{found.revision}"'


def digest_of(body: bytes) -> str:
    """The value of Content-Digest, as RFC 9530 writes it."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def _unchanged(found: Snapshot) -> Reply:
    return Reply(304, b"", {"ETag": tag_of(found)})


def _after(given: str) -> int:
    if not (given.isascii() and given.isdigit() and len(given) <= _DIGITS):
        raise Refused(400, "invalid", "Name the revision that you have with after, a whole number.")
    return int(given)


def _body(found: Snapshot, names: Collection[Name], **more: int) -> bytes:
    documents: dict[str, list[bytes]] = defaultdict(list)
    for name in sorted(names):
        documents[name[0]].append(b"%s:%s" % (orjson.dumps(name[1]), found.texts.get(name, "null").encode()))
    kinds = b",".join(b"%s:{%s}" % (orjson.dumps(kind), b",".join(each)) for kind, each in documents.items())
    head: dict[str, Any] = {"format": FORMAT, "environment": _public(found.address)}
    head |= {"epoch": found.epoch, "revision": found.revision}
    return orjson.dumps({**head, **more, "total": len(found.texts)})[:-1] + b',"documents":{%s}}' % kinds


def _public(address: Address) -> dict[str, str]:
    """What may be told of an environment: never the hashes of its keys."""
    return {"id": address.id, "key": address.key, "name": address.name, "project": address.project}
