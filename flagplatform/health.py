"""How this process is: alive, ready to answer, and at which revision each environment stands; from memory only."""

from typing import Any

import orjson

from evaluation.doors.asking import STALE_AFTER
from evaluation.doors.wire import Reply, Request
from evaluation.store import DEFAULT_PROJECT, Store
from flagplatform.installation import VERSION

PATHS = ("/livez", "/readyz", "/health", "/api/health")
METHODS = ("GET", "HEAD")


def answer(request: Request, store: Store) -> Reply:
    """The door: see `evaluation.doors.table`."""
    return reply(request.path, store)


def reply(path: str, store: Store) -> Reply:
    if path == "/livez":
        return _json(200, {"status": "alive"})
    if path == "/readyz":
        return _json(200, {"status": "ready"}) if store.is_ready else _json(503, {"status": "no configuration yet"})
    return _json(200, _health(store))


def _health(store: Store) -> dict[str, Any]:
    """`status` is ok, stale (the database has not confirmed what is served for a while) or starting.

    The versions of Python and Django are nobody's business: they stand in the metrics.
    """
    unconfirmed = store.unconfirmed_for()
    seconds = None if unconfirmed == float("inf") else round(unconfirmed, 1)
    fresh = "ok" if unconfirmed < STALE_AFTER else "stale"
    return {
        "status": fresh if store.is_ready else "starting",
        "version": VERSION,
        "config_versions": {_name(s.address.project, s.address.key): s.revision or None for s in store.snapshots()},
        "seconds_since_confirmed": seconds,
        "environments": {
            _name(s.address.project, s.address.key): {
                "config_version": s.revision or None,
                "seconds_since_confirmed": seconds,
                "source": store.source(s.address.id),
            }
            for s in store.snapshots()
        },
    }


def _name(project: str, environment: str) -> str:
    return environment if project == DEFAULT_PROJECT else f"{project}/{environment}"


def _json(status: int, body: dict[str, Any]) -> Reply:
    return Reply(status, orjson.dumps(body))
