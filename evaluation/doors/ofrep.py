"""OpenFeature's remote evaluation (OFREP 0.3.0), by which the SDKs of every language ask: one flag, or all of them.

    POST /ofrep/v1/evaluate/flags/{key}     {"context": {"targetingKey": "user-123", "country": "DE"}}
    POST /ofrep/v1/evaluate/flags           the same, for all flags

    {"key": "checkout", "value": true, "reason": "SPLIT", "variant": "on",
     "metadata": {"enabled": true, "ruleId": "eu", "revision": 7, "bucket": 1234}}
    {"flags": [{…}, …], "metadata": {"revision": 7}, "eventStreams": [{"type": "sse", …}]}

The protocol knows no environments: the API key tells which one is asked. A running experiment is a flag of payloads.
Buckets are told with a single flag only, and the revision once for all flags, so that the fragments of an outcome are
the same for everybody and an unrelated change does not look like one of theirs.
"""

import orjson
from xxhash import xxh3_128_hexdigest

from evaluation import positions, stream_tokens
from evaluation.again import Lasting
from evaluation.asked import Asked
from evaluation.doors.access import owner_of_key
from evaluation.doors.asking import staleness, subject_of
from evaluation.doors.ofrep_news import is_behind
from evaluation.doors.wire import Refused, Reply, Request, named_headers
from evaluation.known_keys import KnownKey
from evaluation.snapshot import Snapshot
from evaluation.store import Store
from flagkit.engine import Context, ErrorCode, Outcome
from flagkit.engine.fragments import fragment, with_metadata

ROOT, BELOW = "/ofrep", "/ofrep/"
ALL, ONE = "/ofrep/v1/evaluate/flags", "/ofrep/v1/evaluate/flags/"
STREAM = "/ofrep/v1/stream"
INACTIVITY = 120  # seconds after which a client that is not looked at leaves the stream: what the protocol assumes
PATIENCE = 3.0  # seconds for news that an event told of: somewhat more than a poll of the revisions takes
_FEW = 500  # flags that may be answered one by one to keep what they answer
_TARGETING_KEY = "targetingKey"
_STATUS = {ErrorCode.FLAG_NOT_FOUND: 404, ErrorCode.GENERAL: 500}
_CODES = {
    "parse_error": "PARSE_ERROR",
    "invalid": "PARSE_ERROR",
    "invalid_context": "INVALID_CONTEXT",
    "not_ready": "PROVIDER_NOT_READY",
}


def evaluate_one(request: Request, store: Store) -> Reply:
    """Answer for one flag or experiment. Raises Refused."""
    key = request.path.removeprefix(ONE)
    context = _context(request)
    snapshot, shown = owner_of_key(request, store)
    _note(store, snapshot, context)
    outcome, bucket = snapshot.flag_set(shown).answer(key, context)
    if outcome.error is ErrorCode.FLAG_NOT_FOUND and key not in snapshot.ruleset:
        store.unknown.note(snapshot.address.id, key)
    more = b'"revision":%d' % snapshot.revision
    if bucket is not None:
        more += b',"bucket":%b' % str(bucket).encode()
    status = 200 if outcome.error is None else _STATUS.get(outcome.error, 400)
    reply = Reply(status, with_metadata(fragment(outcome), more), staleness(store))
    if request.is_repeated and not context.looked and outcome.error is None:
        reply.lasting = Lasting(snapshot, (outcome,))
    return reply


def evaluate_all(request: Request, store: Store) -> Reply:
    """Answer for every flag and experiment; 304 where the caller has just these answers. Raises Refused.

    The ETag covers question, answers, and the window in which the stream's token was given, and the one of the window
    before counts as well. So a client that is told that nothing changed holds a token that it can still show. Who knows
    of a later configuration waits for it first: evaluated, and counted, is once.
    """
    context = _context(request)
    snapshot, shown = owner_of_key(request, store)
    _note(store, snapshot, context)
    is_old = is_behind(snapshot, request.parameters())
    if is_old and request.may_wait:
        return Reply(200, b"", patience=PATIENCE)
    flag_set = snapshot.flag_set(shown)
    outcomes: list[Outcome] = []
    if request.is_repeated and len(flag_set) <= _FEW:
        outcomes = flag_set.outcomes(context)
        flags = b",".join(map(fragment, outcomes))
    else:
        flags = b",".join(flag_set.render_all(context, fragment))
    window = stream_tokens.window()
    digest = xxh3_128_hexdigest(b"%b%b%b" % (flags, snapshot.address.id.encode(), request.body))
    headers = {"ETag": f'W/"{digest}.{window}"', **staleness(store)}
    if not is_old and request.has_any(f"{digest}.{window}", f"{digest}.{window - 1}"):
        reply = Reply(304, b"", headers)
    else:
        body = b'{"flags":[%b],"metadata":{"revision":%d},"eventStreams":[%b]}'
        reply = Reply(200, body % (flags, snapshot.revision, _stream(snapshot, shown)), headers)
    if outcomes and not context.looked and not is_old:
        reply.lasting = Lasting(snapshot, tuple(outcomes), stream_tokens.end_of(window))
    return reply


def nothing(request: Request, store: Store) -> Reply:
    """There is nothing at any other path. Raises Refused."""
    raise Refused(404, "not_found", f"There is nothing at {request.path}; flags are evaluated at {ALL}.")


def refuse(refused: Refused, request: Request) -> Reply:
    """A refusal in the shape of the protocol; clients do without an answer that lacks one of these fields."""
    code = "FLAG_NOT_FOUND" if refused.status == 404 else _CODES.get(refused.code, "GENERAL")
    key = {} if request.path == ALL else {"key": request.path.removeprefix(ONE)}
    body = {**key, "errorCode": code, "errorDetails": refused.message, "metadata": {}}
    return Reply(refused.status, orjson.dumps(body), named_headers(refused.headers))


def _context(request: Request) -> Asked:
    """The context of the body, which may be missing. Raises Refused."""
    attributes = request.json().get("context")
    if attributes is None:
        attributes = {}
    if not isinstance(attributes, dict):
        raise Refused(400, "invalid_context", "context must be a JSON object of attributes.")
    try:
        key = subject_of(attributes, _TARGETING_KEY)
    except Refused as refused:
        raise Refused(400, "invalid_context", refused.message) from refused
    attributes.pop(_TARGETING_KEY, None)
    return Asked(key or None, attributes)


def _note(store: Store, snapshot: Snapshot, context: Context) -> None:
    if context.attributes:
        store.seen.note(snapshot.address.id, context.attributes)


def _stream(snapshot: Snapshot, shown: KnownKey | None) -> bytes:
    """Where changes are announced, without a host: clients put it behind the address that they ask."""
    token = stream_tokens.token_for(snapshot.address.id, "" if shown is None else shown.hash)
    address = f"{STREAM}?after={positions.write(snapshot.position)}&token={token}"
    return b'{"type":"sse","endpoint":{"requestUri":"%b"},"inactivityDelaySec":%d}' % (address.encode(), INACTIVITY)
