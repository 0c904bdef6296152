"""What was answered before, for whoever asks just the same with the same key while just the same is served.

Answers are kept from the second time on that they are asked for: most questions are never repeated, those of programs
that poll are repeated all day. An answer follows from what is served, from the question and from the key; one that
followed from anything else, such as the time of day, is not kept. A store begins anew with every change of what it
serves, so nothing has to be taken out when a flag is edited or a key is revoked.
"""

import time
from collections.abc import Callable, Hashable, Mapping
from dataclasses import dataclass, replace
from math import inf
from typing import Any, TypeVar

from evaluation.snapshot import Snapshot
from flagkit.engine import Outcome

MOST = 4_096  # answers, or questions, until the oldest are forgotten; up to twice as many are remembered
HEAVIEST = 16 * 1024 * 1024  # bytes of questions and answers, likewise
_ENTRY = 1_024  # bytes, about, of what is held besides texts
_REFERENCE = 8

Question = tuple[Any, ...]
K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Lately(dict[K, V | None]):
    """Values by key, None for one that is not known; those that were not asked for lately are forgotten.

    A generation of them at a time: taking single entries out of the front of a dictionary takes longer with each of
    them. This dictionary is the new generation, so that finding something in it takes no call of a function.
    """

    __slots__ = ("_earlier", "_heaviest", "_most", "_weigh", "_weight")

    def __init__(self, most: int, heaviest: float = inf, weigh: Callable[[V], int] = lambda _: 0) -> None:
        super().__init__()
        self._most, self._heaviest, self._weigh = most, heaviest, weigh
        self._earlier: dict[K, V | None] = {}
        self._weight = 0

    def __missing__(self, key: K) -> V | None:
        found = self._earlier.pop(key, None) if self._earlier else None
        if found is not None:
            self.put(key, found)
        return found

    def put(self, key: K, value: V) -> None:
        self[key] = value
        self._weight += self._weigh(value)
        if len(self) >= self._most or self._weight >= self._heaviest:
            self._earlier, self._weight = dict(self), 0
            self.clear()

    @property
    def remembered(self) -> int:
        """How many, of both generations."""
        return len(self) + len(self._earlier)


class Repeats:
    """What was met lately, by its hash alone: most things never come again, and have to cost little."""

    __slots__ = ("_earlier", "_new")

    def __init__(self) -> None:
        self._new: set[int] = set()
        self._earlier: set[int] = set()

    def note(self, thing: Hashable) -> bool:
        """Whether it was met before; it is remembered now."""
        mark, new = hash(thing), self._new
        if mark in new or mark in self._earlier:
            return True
        new.add(mark)
        if len(new) >= 2 * MOST:
            self._earlier, self._new = new, set()
        return False


@dataclass(frozen=True, slots=True)
class Lasting:
    """Why an answer stays the same: made from `snapshot`, it counts `outcomes` each time, until `until` (time.time).

    The snapshot is held so that it is looked through for counts as long as there may be new ones. The context is not:
    its attributes were noted when it was evaluated.
    """

    snapshot: Snapshot
    outcomes: tuple[Outcome, ...]
    until: float = inf

    def count(self) -> None:
        for outcome in self.outcomes:
            outcome.count += 1


@dataclass(frozen=True, slots=True)
class Kept:
    """An answer as it was given: status, body and its own headers; good until `until` (time.time).

    `weight` is about how many bytes are held for it, question included.
    """

    status: int
    body: bytes
    headers: Mapping[str, str]
    lasting: Lasting
    until: float = inf
    weight: int = 0


class Again:
    """The answers of one state of a store, for the one thread that answers."""

    def __init__(self) -> None:
        self._kept: Lately[Question, Kept] = Lately(MOST, HEAVIEST, lambda kept: kept.weight)
        self._asked = Repeats()

    def __len__(self) -> int:
        return self._kept.remembered

    def find(self, question: Question) -> Kept | None:
        kept = self._kept[question]
        if kept is None or (kept.until != inf and time.time() >= kept.until):
            return None
        return kept

    def is_repeated(self, question: Question) -> bool:
        """Whether this was asked before; it is remembered now."""
        return self._asked.note(question)

    def keep(self, question: Question, kept: Kept) -> None:
        self._kept.put(question, replace(kept, weight=_weight_of(question, kept)))


def _weight_of(question: Question, kept: Kept) -> int:
    texts = sum(len(part) for part in question if isinstance(part, bytes | str))
    return _ENTRY + texts + len(kept.body) + sum(map(_weight_of_outcome, kept.lasting.outcomes))


def _weight_of_outcome(outcome: Outcome) -> int:
    """One that is an error may have been made for this answer alone; the snapshot has every other."""
    return _REFERENCE if outcome.error is None else _ENTRY
