"""`GET /ofrep/v1/stream?token=…&after=0.7`: tells OFREP's clients to ask for all flags again, as server-sent events.

    id: 0.9
    data: {"type":"refetchEvaluation","etag":"0.9","lastModified":1774009496}

The address comes with the answer for all flags, `after` is what that answer was made of: who connects is told at once
of what is newer. A token is asked for when a stream is opened; a stream that is open goes on when it expires, and ends
when the key is taken back or the environment no longer answers without one.
"""

from contextlib import suppress

import orjson

from evaluation import positions, stream_tokens
from evaluation.doors.access import good_key
from evaluation.doors.ofrep_news import modified_at
from evaluation.doors.stream import Shared, Stream
from evaluation.doors.wire import Refused, Request
from evaluation.hub import Hub
from evaluation.snapshot import Snapshot
from evaluation.store import Store

TOKEN = "token"  # noqa: S105 - the parameter's name


def stream_of(request: Request, store: Store, hub: Hub) -> Stream:
    """The stream that the request may have. Raises Refused."""
    parameters = request.parameters()
    environment_id, key_hash = _read(parameters.get(TOKEN, ""))
    last = request.headers.get(b"last-event-id", b"").decode("latin-1") or parameters.get("after", "")
    return Stream(store, hub, lambda: _snapshot(store, environment_id, key_hash), _refetch, has=positions.read(last))


def introduce(request: Request) -> None:
    """Let the token speak for its key, whose limits and origins the entrance looks at; one that is bad says nothing."""
    with suppress(Refused):
        request.key_hash = _read(request.parameters().get(TOKEN, ""))[1] or None


def _read(token: str) -> tuple[str, str]:
    try:
        return stream_tokens.read(token)
    except stream_tokens.BadToken as error:
        message = "The token of this stream is not valid, or no longer: ask for all flags, the answer has a new one."
        raise Refused(401, "token_invalid", message) from error


def _snapshot(store: Store, environment_id: str, key_hash: str) -> Snapshot:
    """What the token's owner may be told of now. Raises Refused."""
    snapshot = store.get(environment_id)
    if snapshot is None:
        raise Refused(401, "environment_unknown", "The environment of this stream is not served here.")
    address = snapshot.address
    if not (good_key(snapshot, key_hash) if key_hash else address.allows_keyless):
        raise Refused(401, "key_unknown", "The API key of this stream is not known, was revoked, or has expired.")
    return snapshot


def _written(snapshot: Snapshot) -> bytes:
    tag, modified = positions.write(snapshot.position), modified_at(snapshot)
    told = {"type": "refetchEvaluation", "etag": tag, **({"lastModified": modified} if modified else {})}
    return b"id: %b\ndata: %b\n\n" % (tag.encode(), orjson.dumps(told))


_refetch = Shared(_written)
