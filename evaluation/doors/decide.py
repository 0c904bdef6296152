"""Which variant of each experiment a user gets: `GET /api/decide?user_key=…&env=…`, or POST with the same as JSON.

    {"user_key": "user-123", "environment": "prod", "config_version": 7, "assignments": [
        {"experiment_key": "button-color", "experiment_id": "…", "variant_key": "control", "variant_id": "…",
         "payload": {"color": "#0066cc"}}, …]}

An experiment in which the user has no variant is not in the answer. `experiments` names those that are asked for,
`min_version` the revision before which no answer is wanted. Client keys get every experiment that is on no flag, and
those on flags that they may ask for.
"""

from datetime import UTC, datetime
from typing import Any

import orjson

from evaluation.doors.access import caller_of
from evaluation.doors.asking import context_of, given_by, least_of, staleness, subject_of, text_of
from evaluation.doors.wire import Refused, Reply, Request
from evaluation.store import Store
from flagkit.engine import Context

PATHS = ("/api/decide", "/decide")
_CAMEL_CASE = {"userKey": "user_key"}


def decide(request: Request, store: Store) -> Reply:
    """Answer from memory. Raises Refused."""
    given = {_CAMEL_CASE.get(name, name): value for name, value in given_by(request).items()}
    user_key, environment = subject_of(given, "user_key"), text_of(given, "env")
    if not user_key or not environment:
        missing = "env" if user_key else "user_key"
        raise Refused(400, f"{missing}_missing", f"Name {missing}: /api/decide?user_key=…&env=…")
    only = _experiments(given)
    context = Context(user_key, context_of(given), datetime.now(UTC))
    project, least = text_of(given, "project"), least_of(given)
    snapshot, key = caller_of(request, store, project=project, environment=environment, least=least)
    if context.attributes:
        store.seen.note(snapshot.address.id, context.attributes)
    assignments = snapshot.running.assignments(context, snapshot.ruleset, only, snapshot.shown_to(key))
    body = b'{"user_key":%b,"environment":%b,"config_version":%d,"assignments":[%b]}' % (
        orjson.dumps(user_key),
        orjson.dumps(environment),
        snapshot.revision,
        b",".join(assignments),
    )
    return Reply(200, body, staleness(store))


def _experiments(given: dict[str, Any]) -> frozenset[str] | None:
    """The keys of the experiments that are asked for: `a,b`, or a list of them; None for all of them."""
    named = given.get("experiments")
    if named is None or named == "":
        return None
    keys = named.split(",") if isinstance(named, str) else named
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Refused(400, "invalid", "experiments must be a list of experiment keys, as in experiments=a,b.")
    return frozenset(key.strip() for key in keys) - {""}
