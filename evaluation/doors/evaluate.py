"""`GET|POST /evaluate/{flag_key}`: is this flag on for this user, which value does it have, and why?

    {"enabled": true, "flag_key": "checkout", "value": true, "variant": "on", "reason": "SPLIT",
     "cached": true, "config_version": 7, "detail": "user bucket 1234 is within the 30 % rollout"}

`cached` is true because every answer comes from this process's memory. An answer that a rule decided carries its
`rule_id`, one that is an error `error_code`. `min_version` names the revision before which no answer is wanted.
"""

from typing import Any, NamedTuple

import orjson

from evaluation.again import Lasting
from evaluation.asked import Asked
from evaluation.doors.access import caller_of
from evaluation.doors.asking import context_of, given_by, least_of, staleness, subject_of, text_of
from evaluation.doors.wire import Refused, Reply, Request
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from flagkit.engine import ErrorCode, Outcome

PREFIXES = ("/evaluate/", "/api/evaluate/")
METHODS = ("GET", "HEAD", "POST")
_BUCKET = "{bucket}"
_GONE = ErrorCode.FLAG_NOT_FOUND


class _Question(NamedTuple):
    """What is asked, whoever asks."""

    flag_key: str
    user_id: str
    attributes: dict[str, Any]
    environment: str
    project: str
    least: int


def evaluate(request: Request, store: Store) -> Reply:
    """Answer one question from memory. Raises Refused."""
    flag_key, user_id, attributes, environment, project, least = _read(request)
    snapshot, key = caller_of(request, store, project=project, environment=environment, least=least)
    if attributes:
        store.seen.note(snapshot.address.id, attributes)
    if key is not None and not snapshot.shows(flag_key, key):
        raise _not_found(flag_key, snapshot, store)
    outcome, bucket, is_timeless = snapshot.ruleset.constant(flag_key), None, True
    if outcome is None:
        context = Asked(user_id or None, attributes)
        outcome, bucket = snapshot.ruleset.answer(flag_key, context)
        is_timeless = not context.looked
    if outcome.error is _GONE:
        raise _not_found(flag_key, snapshot, store)
    reply = Reply(200, _body(snapshot, outcome, bucket), staleness(store))
    if request.is_repeated and is_timeless and outcome.error is None:
        reply.lasting = Lasting(snapshot, (outcome,))
    return reply


def _read(request: Request) -> _Question:
    """Raises Refused."""
    given = given_by(request)
    return _Question(
        request.path.partition(PREFIXES[0])[2],
        subject_of(given, "user_id"),
        context_of(given),
        text_of(given, "environment_key"),
        text_of(given, "project"),
        least_of(given),
    )


def _not_found(flag_key: str, snapshot: Snapshot, store: Store) -> Refused:
    """The same answer for a flag that is kept from the caller, which is not noted: it is no mistake in its name."""
    if flag_key not in snapshot.ruleset:
        store.unknown.note(snapshot.address.id, flag_key)
    return Refused(404, "flag_not_found", f"There is no flag {flag_key} in {snapshot.address.key}.")


def _body(snapshot: Snapshot, outcome: Outcome, bucket: int | float | None) -> bytes:
    """The answer out of two pieces that are serialised once per outcome, around the user's bucket."""
    kept = snapshot.fragments.get(id(outcome))
    if kept is None:
        kept = outcome, _pieces(snapshot, outcome)
        if outcome.error is not ErrorCode.GENERAL:  # made for one context alone
            snapshot.fragments[id(outcome)] = kept
    before, after = kept[1]
    return before if after is None else b"".join((before, str(bucket or 0).encode(), after))


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
    if outcome.experiment is not None:
        answer["experiment"] = outcome.experiment
    elif outcome.rule is not None:
        answer["rule_id"] = outcome.rule
    if outcome.error:
        answer["error_code"] = outcome.error
    head, bucket, tail = outcome.detail.partition(_BUCKET)
    before = orjson.dumps(answer)[:-1] + b',"detail":' + orjson.dumps(head)[:-1]
    after = orjson.dumps(tail)[1:] + b"}"
    return (before, after) if bucket else (before + after, None)
