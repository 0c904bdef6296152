"""Whether a caller may still ask: requests are counted for the API key that is shown, and for the caller's address.

A known server key is counted for itself alone: one address may be a whole data centre's. Whoever shows a client key,
which every browser can read, or no known key at all, is counted for the address too.
"""

import time
from collections.abc import Callable
from enum import StrEnum
from functools import lru_cache

from accounts.client_address import TrustedProxies
from evaluation.buckets import LONGEST, Bucket, Buckets
from evaluation.doors.wire import FORWARDED, Refused, Request
from evaluation.known_keys import SERVER, KnownKey
from evaluation.limit_sharing import LimitSharing
from evaluation.vitals import vitals

MOST = 20_000  # callers of a kind that are remembered, some 300 bytes each
_ENDINGS = tuple(b"\r\nx-ratelimit-reset: %d\r\n" % reset for reset in range(LONGEST + 1))  # written once: this is hot
_REMEMBERED = 4_096  # results that are not worked out again
_LONGEST = 256  # bytes of the hops that are remembered: who sends them may write 60,000


class Kind(StrEnum):
    """What a limit is held against."""

    KEY = "key"
    ADDRESS = "address"


class Limits:
    """Requests per minute, 0 for no limit; a key's own limit goes before `per_key`."""

    def __init__(
        self,
        *,
        per_key: int = 0,
        per_address: int = 0,
        proxies: TrustedProxies | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._per_key, self._per_address = per_key, per_address
        trusted = proxies or TrustedProxies()
        self._read_caller = lambda peer, hops: trusted.caller(peer, hops.decode("latin-1"))
        self._caller = lru_cache(_REMEMBERED)(self._read_caller)
        self._clock = clock
        self._keys, self._addresses = Buckets(MOST), Buckets(MOST)
        self.are_set = bool(per_key or per_address)
        self.sharing = LimitSharing({Kind.KEY: self._keys, Kind.ADDRESS: self._addresses})

    def count(self, request: Request, key: KnownKey | None) -> tuple[Refused | None, bytes]:
        """Take this request out of its buckets: a refusal where one is empty, and what answers tell of the nearest.

        Header lines, nothing where no limit applies.
        """
        now = self._clock()
        lines, fewest = b"", None
        if self._per_address and (key is None or key.kind != SERVER):
            hops = request.headers.get(FORWARDED, b"")
            caller = (self._caller if len(hops) <= _LONGEST else self._read_caller)(request.peer, hops)
            if caller:
                bucket = self._addresses.of(caller, self._per_address, now)
                granted, fewest, reset = bucket.take(now)
                lines = _lines(self._per_address, fewest, reset)
                if not granted:
                    return _refused(bucket, Kind.ADDRESS, now), lines
        limit = self._limit_of(key) if key is not None else 0
        if key is not None and limit:
            bucket = self._keys.of(key.hash, limit, now)
            granted, remaining, reset = bucket.take(now)
            if fewest is None or remaining < fewest:
                lines = _lines(limit, remaining, reset)
            if not granted:
                return _refused(bucket, Kind.KEY, now), lines
        return None, lines

    def _limit_of(self, key: KnownKey) -> int:
        return self._per_key if key.rate_limit is None else key.rate_limit


def _lines(limit: int, remaining: int, reset: int) -> bytes:
    """What an answer tells: requests per minute, how many are left, seconds until all of them are."""
    return _beginning(limit) + str(remaining).encode() + _ENDINGS[reset]


@lru_cache(_REMEMBERED)
def _beginning(limit: int) -> bytes:
    return b"x-ratelimit-limit: %d\r\nx-ratelimit-remaining: " % limit


def _refused(bucket: Bucket, kind: Kind, now: float) -> Refused:
    vitals.limited[kind] += 1
    wait, limit = bucket.seconds_to_next(now), bucket.limit
    if kind is Kind.KEY:
        said = f"This API key may ask {limit} times a minute. Slow down, or have its rate limit raised."
    else:
        said = f"Your address may ask {limit} times a minute. Slow down, or ask with a server key from a server."
    return Refused(429, "rate_limited", f"{said} The next request is answered in {wait} s.", retry_after=str(wait))
