"""What this process counted about its own work: how it keeps up, what it refused to serve, how fast its doors answer.

For operators to watch: where two threads count at once, one may be missed. What has to be exact is in `usage`.
"""

from collections import Counter
from collections.abc import Iterator

_FINEST, _COARSEST = 12, 30  # powers of two: 4 µs and 1.07 s


class Durations:
    """How long answers took, in nanoseconds, by powers of two."""

    def __init__(self) -> None:
        self._counts = [0] * 65
        self.sum = 0

    def note(self, nanoseconds: int) -> None:
        self._counts[(nanoseconds - 1).bit_length()] += 1
        self.sum += nanoseconds

    def buckets(self) -> Iterator[tuple[float, int]]:
        """Upper ends in seconds, included, with how many took no longer; the last end is infinite."""
        counts = self._counts.copy()
        for power in range(_FINEST, _COARSEST + 1):
            yield (1 << power) / 1e9, sum(counts[: power + 1])
        yield float("inf"), sum(counts)


class Vitals:
    """Counters since the process started, and the last word about what cannot be counted."""

    def __init__(self) -> None:
        self.polls: Counter[str] = Counter(done=0, failed=0)
        self.announcements = 0  # heard from Redis
        self.loads = 0  # environments read in full
        self.advances = 0  # environments brought on by what changed
        self.epochs = 0  # histories that began because the database had been set back
        self.limited: Counter[str] = Counter(key=0, address=0)  # requests over a limit, by what it is held against
        self.flushes: Counter[str] = Counter(done=0, failed=0)
        self.rejected: Counter[tuple[str, str]] = Counter()  # where the copy was, and what was wrong with it


vitals = Vitals()
