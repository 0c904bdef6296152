"""Which snapshot a caller may ask: the environment that was named, with the key that was shown."""

from accounts.key_hash import hash_of
from evaluation.doors.wire import BEHIND, Refused, Request
from evaluation.snapshot import Snapshot
from evaluation.store import Store

KEY_PREFIX = b"fp_"
SERVER = "server"


def snapshot_for(request: Request, store: Store, *, project: str, environment: str, least: int = 0) -> Snapshot:
    """The snapshot to answer from, at revision `least` or later.

    Raises Refused: not ready, unknown project or environment, no or wrong key, not that far yet.
    """
    if not store.is_ready:
        raise Refused(503, "not_ready", "No configuration is loaded yet. Try again in a moment.", retry_after="1")
    if not environment:
        raise Refused(400, "environment_missing", "Name the environment with environment_key.")
    snapshot = store.find(project, environment)
    if snapshot is None:
        raise _unknown(store, project, environment)
    _check_key(request, snapshot, store)
    if snapshot.revision < least:
        message = f"Revision {least} has not arrived here, this process is at {snapshot.revision}. Ask again."
        raise Refused(BEHIND, "behind", message, retry_after="1")
    return snapshot


def definitions_for(request: Request, store: Store, *, environment: str) -> Snapshot:
    """The snapshot whose documents the caller may read: with a server key only, for they tell who is treated how."""
    snapshot = snapshot_for(request, store, project=request.parameters().get("project", ""), environment=environment)
    shown = _shown_key(request)
    if shown is None:
        raise Refused(401, "key_missing", "Definitions are sent only for a server key: send it as X-API-Key.")
    if snapshot.address.keys.get(hash_of(shown)) != SERVER:
        raise Refused(403, "server_key_needed", "Definitions are sent only for a server key; this is a client key.")
    return snapshot


def _unknown(store: Store, project: str, environment: str) -> Refused:
    if not store.has_project(project):
        return Refused(404, "project_not_found", f"There is no project {project}.")
    return Refused(404, "environment_not_found", f"There is no environment {environment} in this project.")


def _check_key(request: Request, snapshot: Snapshot, store: Store) -> None:
    shown = _shown_key(request)
    if shown is None:
        if snapshot.address.allows_keyless:
            return
        raise Refused(401, "key_missing", "This environment answers only with an API key: send it as X-API-Key.")
    key_hash = hash_of(shown)
    if key_hash in snapshot.address.keys:
        return
    if any(key_hash in other.address.keys for other in store.snapshots()):
        raise Refused(403, "wrong_environment", "This API key belongs to another environment.")
    raise Refused(401, "key_unknown", "This API key is not known or was revoked.")


def _shown_key(request: Request) -> str | None:
    """The API key of the request; a person's access token is no API key and is left aside."""
    key = request.headers.get(b"x-api-key")
    if key:
        return key.decode("latin-1")
    authorization = request.headers.get(b"authorization")
    if not authorization:
        return None
    scheme, _, token = authorization.partition(b" ")
    is_key = scheme.lower() == b"bearer" and token.startswith(KEY_PREFIX)
    return token.decode("latin-1") if is_key else None
