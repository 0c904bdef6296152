"""Which snapshot a caller may ask: the environment that was named, with the key that was shown."""

from functools import lru_cache

from accounts.key_hash import hash_of
from evaluation.doors.wire import UNREAD, Behind, Refused, Request
from evaluation.known_keys import SERVER, KnownKey
from evaluation.snapshot import Snapshot
from evaluation.store import Store

KEY_PREFIX = b"fp_"
_LONGEST = 256  # characters of a key that is remembered: no key has as many, but anything may be shown as one
_hash_of = lru_cache(maxsize=1_024)(hash_of)  # hashing takes longer than looking up what a program shows all the time

Caller = tuple[Snapshot, KnownKey | None]


def caller_of(request: Request, store: Store, *, project: str, environment: str, least: int = 0) -> Caller:
    """The snapshot to answer from, at revision `least` or later, and the key that was shown.

    `Snapshot.shows` says what may be asked with it. Raises Refused: not ready, unknown project or environment, no or
    wrong key, not that far yet.
    """
    _require_ready(store)
    if not environment:
        raise Refused(400, "environment_missing", "Name the environment with environment_key.")
    snapshot = store.find(project, environment)
    if snapshot is None:
        raise _unknown(store, project, environment)
    key = _key_of(request, snapshot, store)
    if snapshot.revision < least:
        message = f"Revision {least} has not arrived here, this process is at {snapshot.revision}. Ask again."
        raise Behind(message)
    return snapshot, key


def owner_of_key(request: Request, store: Store) -> Caller:
    """The snapshot of the environment that the caller's API key belongs to, and the key.

    `environment_key` and `project` in the query may name the environment as well, and have to where there is no key.
    Raises Refused as `caller_of` does.
    """
    parameters = request.parameters()
    environment = parameters.get("environment_key", "")
    if environment:
        return caller_of(request, store, project=parameters.get("project", ""), environment=environment)
    _require_ready(store)
    key_hash = key_hash_of(request)
    if key_hash is None:
        message = "Show an API key, as X-API-Key or `Authorization: Bearer`. Without one, name the environment_key."
        raise Refused(401, "key_missing", message)
    snapshot = store.find_by_key(key_hash)
    key = None if snapshot is None else good_key(snapshot, key_hash)
    if snapshot is None or key is None:
        raise _key_unknown()
    return snapshot, key


def known_key(request: Request, store: Store) -> KnownKey | None:
    """The API key that is shown, whichever environment it belongs to and is asked for; None where it is not good."""
    key_hash = key_hash_of(request)
    key = None if key_hash is None else store.key(key_hash)
    return None if key is None or key.has_expired else key


def good_key(snapshot: Snapshot, key_hash: str) -> KnownKey | None:
    """The environment's key with this hash, unless it was revoked or has expired."""
    key = snapshot.address.keys.get(key_hash)
    return None if key is None or key.has_expired else key


def definitions_for(request: Request, store: Store, *, environment: str) -> Snapshot:
    """The snapshot whose documents the caller may read: with a server key only, for they tell who is treated how."""
    project = request.parameters().get("project", "")
    snapshot, key = caller_of(request, store, project=project, environment=environment)
    if key is None:
        raise Refused(401, "key_missing", "Definitions are sent only for a server key: send it as X-API-Key.")
    if key.kind != SERVER:
        raise Refused(403, "server_key_needed", "Definitions are sent only for a server key; this is a client key.")
    return snapshot


def _require_ready(store: Store) -> None:
    if not store.is_ready:
        raise Refused(503, "not_ready", "No configuration is loaded yet. Try again in a moment.", retry_after="1")


def _unknown(store: Store, project: str, environment: str) -> Refused:
    if not store.has_project(project):
        return Refused(404, "project_not_found", f"There is no project {project}.")
    return Refused(404, "environment_not_found", f"There is no environment {environment} in this project.")


def _key_of(request: Request, snapshot: Snapshot, store: Store) -> KnownKey | None:
    key_hash = key_hash_of(request)
    if key_hash is None:
        if snapshot.address.allows_keyless:
            return None
        raise Refused(401, "key_missing", "This environment answers only with an API key: send it as X-API-Key.")
    key = good_key(snapshot, key_hash)
    if key is not None:
        return key
    owner = store.find_by_key(key_hash)
    if owner is not None and owner.address.id != snapshot.address.id:
        raise Refused(403, "wrong_environment", "This API key belongs to another environment.")
    raise _key_unknown()


def _key_unknown() -> Refused:
    return Refused(401, "key_unknown", "This API key is not known, was revoked, or has expired.")


def key_hash_of(request: Request) -> str | None:
    """The hash of the API key that the request shows, None where it shows none; computed once for each request."""
    if request.key_hash == UNREAD:
        shown = _shown_key(request)
        request.key_hash = None if shown is None else (_hash_of if len(shown) <= _LONGEST else hash_of)(shown)
    return request.key_hash


def _shown_key(request: Request) -> str | None:
    """The API key of the request; a person's access token is no API key and is left aside."""
    headers = request.headers
    key = headers.get(b"x-api-key")
    if key:
        return key.decode("latin-1")
    authorization = headers.get(b"authorization")
    if not authorization:
        return None
    scheme, _, token = authorization.partition(b" ")
    is_key = scheme.lower() == b"bearer" and token.startswith(KEY_PREFIX)
    return token.decode("latin-1") if is_key else None
