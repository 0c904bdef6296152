"""How much each caller may still ask: token buckets, filled by the clock and emptied by requests.

A bucket of a limit of 600 a minute holds 600 at most, and gains 10 a second. Who waited a minute may ask 600 times at
once; in any stretch of t seconds nobody is granted more than 600 + 10 t. Only grants are taken out: asking on while
there is nothing left delays nothing.

A bucket is one number, the moment at which it is full again: each grant puts that off by a minute's share, and what is
left is what fits before it is a minute away. (The generic cell rate algorithm keeps the same number.)
"""

import math
from collections import OrderedDict

MINUTE = 60.0
LONGEST = 120  # seconds until a bucket is full: a process that granted too much owes one minute's worth at most
_FUZZ = 1e-6  # seconds, or requests, that sums of shares may be off


class Bucket:
    """One caller's; instants are seconds of a clock that never goes back."""

    __slots__ = ("full_at", "limit", "share", "spent")

    def __init__(self, limit: int, now: float) -> None:
        self.full_at = now
        self.spent = 0  # granted since other processes were told
        self.allow(limit)

    def allow(self, limit: int) -> None:
        """So many requests per minute; what was used up in part stays so."""
        self.limit = limit
        self.share = MINUTE / limit  # of a minute, in seconds, for each request

    def take(self, now: float) -> tuple[bool, int, int]:
        """Whether one request is granted, how many more would be now, and the seconds until the bucket is full."""
        full_at = self.full_at
        owed = (full_at - now if full_at > now else 0.0) + self.share
        if owed > MINUTE + _FUZZ:
            return False, 0, math.ceil(full_at - now - _FUZZ)
        self.full_at = now + owed
        self.spent += 1
        return True, int((MINUTE - owed) / self.share + _FUZZ), math.ceil(owed - _FUZZ)

    def learn(self, owed: float, now: float, *, told: int) -> None:
        """All processes together fill it in `owed` seconds, by what they told; of this one that was `told` requests."""
        self.spent -= told
        full_at = max(self.full_at, now + owed + self.spent * self.share)
        self.full_at = min(now + LONGEST, full_at)

    def seconds_to_next(self, now: float) -> int:
        """Until a request is granted, at least 1."""
        return max(1, math.ceil(self.full_at + self.share - MINUTE - now))


class Buckets:
    """The buckets of the callers that asked last, `most` of them; who is forgotten begins with a full one."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._buckets: OrderedDict[str, Bucket] = OrderedDict()
        self.asked: dict[str, Bucket] | None = None  # since other processes were told; None where there is no telling

    def __len__(self) -> int:
        return len(self._buckets)

    def of(self, caller: str, limit: int, now: float) -> Bucket:
        bucket = self._buckets.get(caller)
        if bucket is None:
            bucket = self._buckets[caller] = Bucket(limit, now)
            if len(self._buckets) > self._most:
                self._buckets.popitem(last=False)
        else:
            self._buckets.move_to_end(caller)
            if bucket.limit != limit:
                bucket.allow(limit)
        if self.asked is not None:
            self.asked[caller] = bucket
        return bucket
