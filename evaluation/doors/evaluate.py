"""`GET|POST /evaluate/{flag_key}`: is this flag on for this user, which value does it have, and why?

    {"enabled": true, "flag_key": "checkout", "value": true, "variant": "on", "reason": "SPLIT",
     "cached": true, "config_version": 7, "detail": "user bucket 1234 is within the 30 % rollout"}

`cached` is true because every answer comes from this process's memory. An answer that a rule decided carries its
`rule_id`, one that is an error `error_code`.
"""

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from evaluation import strict_json
from evaluation.doors.access import snapshot_for
from evaluation.doors.wire import Refused, Reply, Request
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from flagkit.engine import Context, ErrorCode, Outcome

PREFIXES = ("/evaluate/", "/api/evaluate/")
METHODS = ("GET", "HEAD", "POST")
STALE_AFTER = 10.0  # seconds without the database's word before answers say so
_BUCKET = "{bucket}"


@dataclass(frozen=True, slots=True)
class _Question:
    environment: str
    project: str
    context: Context


def evaluate(request: Request, store: Store) -> Reply:
    """Answer one question from memory. Raises Refused."""
    flag_key = _flag_key(request.path)
    question = _from_body(request) if request.method == "POST" else _from_query(request)
    snapshot = snapshot_for(request, store, project=question.project, environment=question.environment)
    if question.context.attributes:
        store.seen.note(snapshot.address.id, question.context.attributes)
    outcome = snapshot.ruleset.evaluate(flag_key, question.context)
    if outcome.error is ErrorCode.FLAG_NOT_FOUND:
        raise Refused(404, "flag_not_found", f"There is no flag {flag_key} in {snapshot.address.key}.")
    return Reply(200, _body(snapshot, outcome, question.context), _staleness(store))


def _body(snapshot: Snapshot, outcome: Outcome, context: Context) -> bytes:
    """The answer out of two pieces that are serialised once per outcome, around the user's bucket."""
    kept = snapshot.fragments.get(id(outcome))
    if kept is None:
        kept = outcome, _pieces(snapshot, outcome)
        if outcome.error is not ErrorCode.GENERAL:  # made for one context alone
            snapshot.fragments[id(outcome)] = kept
    before, after = kept[1]
    if after is None:
        return before
    return b"%s%s%s" % (before, str(snapshot.ruleset.bucket(outcome.flag, context) or 0).encode(), after)


def _pieces(snapshot: Snapshot, outcome: Outcome) -> tuple[bytes, bytes | None]:
    answer: dict[str, Any] = {
        "enabled": outcome.enabled,
        "flag_key": outcome.flag,
        "value": outcome.value,
        "variant": outcome.variant,
        "reason": outcome.reason,
        "cached": True,
        "config_version": snapshot.revision,
    }
    if outcome.rule is not None:
        answer["rule_id"] = outcome.rule
    if outcome.error:
        answer["error_code"] = outcome.error
    head, bucket, tail = outcome.detail.partition(_BUCKET)
    before = orjson.dumps(answer)[:-1] + b',"detail":' + orjson.dumps(head)[:-1]
    after = orjson.dumps(tail)[1:] + b"}"
    return (before, after) if bucket else (before + after, None)


def _flag_key(path: str) -> str:
    return next(path.removeprefix(prefix) for prefix in PREFIXES if path.startswith(prefix))


def _from_query(request: Request) -> _Question:
    given = request.parameters()
    attributes: Any = {}
    if given.get("context"):
        try:
            attributes = strict_json.loads(given["context"])
        except strict_json.BadJSON as error:
            raise Refused(400, "parse_error", f"context cannot be read: {error}.") from error
    return _question(given, attributes)


def _from_body(request: Request) -> _Question:
    """The body's fields; what it does not name may stand in the query."""
    given = {**request.parameters(), **request.json()}
    attributes = given.get("context")
    return _question(given, {} if attributes is None else attributes)


def _question(given: dict[str, Any], attributes: Any) -> _Question:
    if not isinstance(attributes, dict):
        raise Refused(400, "invalid_context", "context must be a JSON object of attributes.")
    user_id = given.get("user_id")
    if isinstance(user_id, int) and not isinstance(user_id, bool):
        given["user_id"] = str(user_id)
    environment, project, user = (_text(given, name) for name in ("environment_key", "project", "user_id"))
    return _Question(environment, project, Context(user or None, attributes, datetime.now(UTC)))


def _text(given: dict[str, Any], name: str) -> str:
    value = given.get(name)
    if not isinstance(value, str | None):
        raise Refused(400, "invalid", f"{name} must be text.")
    return value or ""


def _staleness(store: Store) -> dict[str, str]:
    """A header that tells for how many seconds the database has not confirmed what answers."""
    seconds = store.unconfirmed_for()
    if seconds < STALE_AFTER:
        return {}
    return {"X-Config-Stale": "unconfirmed" if seconds == float("inf") else str(int(seconds))}
