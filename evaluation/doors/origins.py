"""Which pages of other origins may ask, and what a browser has to be told so that their code may read the answer.

A preflight carries no key, so it is answered for every origin that some key allows, and for all where an environment
needs no key. The request itself shows its key, and that key decides.
"""

import re
from functools import lru_cache

from accounts.key_hash import ANY_ORIGIN
from evaluation.doors.wire import NO_CONTENT, Refused, Reply, Request
from evaluation.known_keys import SERVER, KnownKey

_REMEMBERED = 1_024
_LONGEST = 255
_SANE = re.compile(rb"[!-~]+")
_TAKEN = "authorization, x-api-key, content-type, if-none-match, last-event-id"
_EXPOSED = b"ETag, Retry-After, X-Config-Stale, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Reset"


def foreign_origin(request: Request) -> bytes | None:
    """The origin of the page that asks; None where no page does, or one of this very server."""
    origin = request.headers.get(b"origin")
    if origin is None or origin.partition(b"://")[2] == request.headers.get(b"host"):
        return None
    return origin


def is_preflight(request: Request) -> bool:
    return request.method == "OPTIONS" and b"access-control-request-method" in request.headers


def preflight(methods: tuple[str, ...], *, welcome: bool) -> Reply | Refused:
    """What a door takes from pages of this origin, which the browser remembers for ten minutes."""
    if not welcome:
        said = "No API key allows pages of this origin. Add the origin to the allowed origins of the client key."
        return Refused(403, "origin_not_allowed", said)
    told = {
        "access-control-allow-methods": ", ".join(methods),
        "access-control-allow-headers": _TAKEN,
        "access-control-max-age": "600",
    }
    return Reply(NO_CONTENT, b"", told)


def refused(key: KnownKey, origin: bytes) -> Refused | None:
    """What is said to a page that shows a key which does not allow its origin; None where it does."""
    page = origin.decode("latin-1")
    if ANY_ORIGIN in key.allowed_origins or page in key.allowed_origins:
        return None
    said = "Add it to the key's allowed origins."
    if key.kind == SERVER:
        said = "A server key does not belong into a browser: use a client key that allows the origin."
    return Refused(403, "origin_not_allowed", f"This API key does not allow pages of {page}. {said}")


def lines_for(origin: bytes) -> bytes:
    """What lets pages of this origin read the answer; nothing where it is no origin that could be written back."""
    return _lines_for(origin) if len(origin) <= _LONGEST else b""


@lru_cache(_REMEMBERED)
def _lines_for(origin: bytes) -> bytes:
    if not _SANE.fullmatch(origin):
        return b""
    return b"access-control-allow-origin: %b\r\naccess-control-expose-headers: %b\r\nvary: Origin\r\n" % (
        origin,
        _EXPOSED,
    )
