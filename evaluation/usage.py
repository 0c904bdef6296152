"""How often this process gave which answer: read off the engine's counts, each evaluation exactly once.

Answering counts on the outcome that it hands out, and nothing else. A reader compares each count with what it had read
off it before. Unchanged flags share their outcomes with the snapshot that replaces theirs; a snapshot that was replaced
is read until nobody holds it any more, so that what a request still counts on it is not lost.

`outcome.count += 1` is one step to other threads in CPython with its global lock, on which the exactness rests.
"""

import threading
import time
import weakref
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, NamedTuple, Protocol, Self

from evaluation.snapshot import Snapshot
from flagkit.engine import Outcome, Reason

_STRIDE = 256  # outcomes that are read in one go
CROWDED = 16  # replaced snapshots that wait to be read, after which one more has them read at once


class Answering(Protocol):
    """The part of a snapshot whose outcomes are counted."""

    def settle(self) -> None: ...

    def counted(self, *, beside: Self | None = None) -> Iterator[Outcome]: ...


class Series(NamedTuple):
    """What is counted together; `variant` is empty where the caller's default applied.

    `flag` is its key, or that of an experiment which is answered like one.
    """

    environment_id: str
    flag: str
    variant: str
    reason: Reason


class Ledger:
    """What was read off the counts so far: all of it since the start, and what nobody took yet.

    `part` gives what is counted of a snapshot.
    """

    def __init__(self, part: Callable[[Snapshot], Any]) -> None:
        self._part: Callable[[Snapshot], Answering] = part
        self._reading = threading.Lock()
        self._read: dict[
            int, tuple[Outcome, int]
        ] = {}  # by id; the outcome stands beside it, so that the id is its own
        self._served: Mapping[str, Snapshot] = {}
        self._replaced: list[tuple[weakref.ref[Snapshot], str, Answering]] = []
        self._fresh: dict[Series, int] = defaultdict(int)
        self._totals: dict[Series, int] = defaultdict(int)

    def follow(self, served: Mapping[str, Snapshot]) -> None:
        """Note what is served from now on, by environment."""
        with self._reading:
            gone = [snapshot for key, snapshot in self._served.items() if served.get(key) is not snapshot]
            self._replaced += [(weakref.ref(snapshot), snapshot.address.id, self._part(snapshot)) for snapshot in gone]
            self._served = served
            if len(self._replaced) >= CROWDED:
                self._read_all()

    def totals(self) -> Mapping[Series, int]:
        """Evaluations since the process started. They never go down, and series keep their order."""
        with self._reading:
            self._read_all()
            return dict(self._totals)

    def take(self) -> Mapping[Series, int]:
        """Evaluations since the last call."""
        with self._reading:
            self._read_all()
            taken, self._fresh = self._fresh, defaultdict(int)
            return taken

    def _read_all(self) -> None:
        before, self._read = self._read, {}
        current = {environment_id: self._part(snapshot) for environment_id, snapshot in self._served.items()}
        replaced, self._replaced = self._replaced, []
        for held, environment_id, answering in replaced:
            if held() is not None:  # asked before reading: who holds it may count afterwards
                self._replaced.append((held, environment_id, answering))
            self._read_off(environment_id, answering, current.get(environment_id), before)
        for environment_id, answering in current.items():  # last: it has at least what the others left to it
            self._read_off(environment_id, answering, None, before)

    def _read_off(
        self,
        environment_id: str,
        answering: Answering,
        beside: Answering | None,
        before: Mapping[int, tuple[Outcome, int]],
    ) -> None:
        answering.settle()
        for place, outcome in enumerate(answering.counted(beside=beside)):
            if place % _STRIDE == 0:
                time.sleep(0)  # lets who answers go first: with many flags this takes tens of milliseconds
            count, at = outcome.count, id(outcome)
            _, known = self._read.get(at) or before.get(at) or (outcome, 0)
            if count > known:
                series = Series(environment_id, outcome.flag, outcome.variant or "", outcome.reason)
                self._fresh[series] += count - known
                self._totals[series] += count - known
            if count or known:
                self._read[at] = outcome, max(count, known)


def by_variant(counts: Mapping[Series, int]) -> Iterator[tuple[tuple[str, str, str], int]]:
    """Environment, flag and variant, with the evaluations of every reason."""
    merged: dict[tuple[str, str, str], int] = defaultdict(int)
    for series, count in counts.items():
        merged[series[:3]] += count
    yield from merged.items()
