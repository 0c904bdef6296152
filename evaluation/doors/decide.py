"""Which variant of each experiment a user gets: `GET /api/decide?user_key=…&env=…`, or POST with the same as JSON.

    {"user_key": "user-123", "environment": "prod", "config_version": 7, "assignments": [
        {"experiment_key": "button-color", "experiment_id": "…", "variant_key": "control", "variant_id": "…",
         "payload": {"color": "#0066cc"}}, …]}

An experiment in which the user has no variant is not in the answer. `experiments` names those that are asked for,
`min_version` the revision before which no answer is wanted. Client keys get every experiment that is on no flag, and
those on flags that they may ask for. `track=true`, with an API key, records that the user saw these variants; the
answer is the same and does not wait for that.
"""

from typing import Any

import orjson

from evaluation.again import Lasting
from evaluation.asked import Asked
from evaluation.doors.access import Caller, caller_of
from evaluation.doors.asking import context_of, given_by, least_of, staleness, subject_of, text_of
from evaluation.doors.wire import Refused, Reply, Request
from evaluation.store import Store
from flagkit.engine import Context, Outcome

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
    context = Asked(user_key, context_of(given))
    project, least, tracks = text_of(given, "project"), least_of(given), _tracks(given)
    snapshot, key = caller_of(request, store, project=project, environment=environment, least=least)
    if context.attributes:
        store.seen.note(snapshot.address.id, context.attributes)
    running, asked = snapshot.running, (context, snapshot.ruleset, only, snapshot.shown_to(key))
    outcomes: tuple[Outcome, ...] = ()
    if request.is_repeated:
        assignments, outcomes = running.counted_assignments(*asked)
    else:
        assignments = running.assignments(*asked)
    if tracks and request.method != "HEAD":
        _track((snapshot, key), context, assignments, store)
    body = b'{"user_key":%b,"environment":%b,"config_version":%d,"assignments":[%b]}' % (
        orjson.dumps(user_key),
        orjson.dumps(environment),
        snapshot.revision,
        b",".join(assignments),
    )
    reply = Reply(200, body, staleness(store))
    if request.is_repeated and not context.looked and not tracks:
        reply.lasting = Lasting(snapshot, outcomes)
    return reply


def _tracks(given: dict[str, Any]) -> bool:
    """Whether the assignments are recorded as exposures. Raises Refused."""
    value = given.get("track", False)
    if value in (True, "true"):
        return True
    if value in (False, None, "", "false"):
        return False
    raise Refused(400, "invalid", "track must be true or false.")


def _track(caller: Caller, context: Context, assignments: list[bytes], store: Store) -> None:
    """Raises Refused for who shows no key: nobody else may add to an experiment's data."""
    snapshot, key = caller
    if key is None:
        raise Refused(401, "key_missing", "Exposures are recorded only with an API key: send it as X-API-Key.")
    assert context.key is not None
    names = [snapshot.running.names[assignment] for assignment in assignments]
    store.exposures.note(snapshot.address.id, context.key, names, context.attributes)


def _experiments(given: dict[str, Any]) -> frozenset[str] | None:
    """The keys of the experiments that are asked for: `a,b`, or a list of them; None for all of them."""
    named = given.get("experiments")
    if named is None or named == "":
        return None
    keys = named.split(",") if isinstance(named, str) else named
    if not isinstance(keys, list) or not all(isinstance(key, str) for key in keys):
        raise Refused(400, "invalid", "experiments must be a list of experiment keys, as in experiments=a,b.")
    return frozenset(key.strip() for key in keys) - {""}
