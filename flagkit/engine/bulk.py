"""All flags for one subject at once: what most subjects get is copied, and what this one gets otherwise is put over it.

Flags whose only rule asks the same condition are asked together, and among them those behind the same gates. What gates
count is hashed once per salt, however many of them count it: experiments share their holdouts and layers. A plan works
on places and values, so that the same steps fill a dictionary of outcomes or a list of JSON fragments.

Counts stay exact without touching what is only copied: a copied outcome answered every call of its plan but those in
which another one was put over it. `settle` adds the former, each putting over takes one of the latter off. The latter
comes first, so that another thread that reads a count meanwhile never finds it too high.
"""

from collections.abc import Callable, Iterable
from typing import Any

from xxhash import xxh64_intdigest

from flagkit.engine.conditions import Holds, World
from flagkit.engine.context import Context
from flagkit.engine.model import Flag
from flagkit.engine.outcome import Outcome

Place = Any
Bucket = Callable[[str, bytes, int], int | float]  # of a salt, an id, and how many buckets there are
Passage = tuple[int, tuple[tuple[int, int], ...]]  # a gate: which of the plan's gate seeds, from and below which hashes
Put = tuple[Place, Any, Outcome, Outcome]  # where, the value, whose it is, and the copied outcome that it replaces


class Hashed:
    """Flags that the subject's bucket decides. Those of two answers stand apart: they are most of them.

    `others` are bucketed by the algorithms of other products.
    """

    __slots__ = ("arms", "halves", "others")

    def __init__(self) -> None:
        self.halves: list[tuple[int, int, Put]] = []  # seed, edge, what to put for those below it
        self.arms: list[tuple[Place, int, list[tuple[int, Any, Outcome]], Outcome]] = []
        self.others: list[tuple[Place, Bucket, str, int, list[tuple[int | float, Any, Outcome]], Outcome]] = []

    def put(self, answers: Any, key: bytes) -> None:
        for seed, edge, put in self.halves:
            if xxh64_intdigest(key, seed) < edge:
                place, value, outcome, copied = put
                answers[place] = value
                outcome.count += 1
                copied.count -= 1
        for place, seed, arms, copied in self.arms:
            hashed = xxh64_intdigest(key, seed)
            for edge, value, outcome in arms:
                if hashed < edge:
                    answers[place] = value
                    outcome.count += 1
                    copied.count -= 1
                    break
        for place, bucket, salt, full, others, copied in self.others:
            at = bucket(salt, key, full)
            for high, value, outcome in others:
                if at < high:
                    answers[place] = value
                    outcome.count += 1
                    copied.count -= 1
                    break


class Group:
    """Flags whose only rule asks the same condition behind the same gates."""

    __slots__ = ("calls", "hashed", "passages", "puts")

    def __init__(self, passages: tuple[Passage, ...] = ()) -> None:
        self.passages = passages
        self.puts: list[Put] = []
        self.hashed = Hashed()
        self.calls = 0

    def lets(self, hashes: list[int]) -> bool:
        """Whether the subject with these hashes, one per gate seed, comes through every gate."""
        for at, ranges in self.passages:
            hashed = hashes[at]
            for low, high in ranges:
                if low <= hashed < high:
                    break
            else:
                return False
        return True

    def put(self, answers: Any, key: bytes) -> None:
        self.calls += 1
        for place, value, _, _ in self.puts:
            answers[place] = value
        self.hashed.put(answers, key)


class Plan:
    """How to answer all flags of a ruleset: `template` holds what is copied at each place."""

    __slots__ = ("calls", "copied", "gate_seeds", "hashed", "models", "questions", "template", "values")

    def __init__(self, template: Any) -> None:
        self.template = template
        self.copied: list[Outcome] = []
        self.hashed = Hashed()
        self.questions: list[tuple[Holds, list[Group]]] = []
        self.gate_seeds: list[int] = []
        self.models: list[tuple[Place, Flag]] = []
        self.values: Any = None
        self.calls = 0

    def answers(self, context: Context, world: World) -> Any:
        """The template's copy with this subject's answers. Raises where the context cannot take the short way."""
        key = context.key_bytes
        if key is None:
            raise TypeError("no key to hash")
        hashes = [xxh64_intdigest(key, seed) for seed in self.gate_seeds]
        asked = [groups for holds, groups in self.questions if holds(context, world)]
        met = [group for groups in asked for group in groups if not group.passages or group.lets(hashes)]
        decided = [(place, flag.serve_for(context, world).pick(context)) for place, flag in self.models]  # type: ignore[arg-type]
        # from here on nothing fails, so nothing is counted that is not answered
        answers = self.template.copy()
        self.hashed.put(answers, key)
        for group in met:
            group.put(answers, key)
        for place, outcome in decided:
            outcome.count += 1
            answers[place] = self.values(outcome)
        self.calls += 1
        return answers

    def settle(self) -> None:
        """Count what was only copied so far."""
        calls, self.calls = self.calls, 0
        for group in (group for _, groups in self.questions for group in groups):
            met, group.calls = group.calls, 0
            for _, _, outcome, copied in group.puts:
                copied.count -= met
                outcome.count += met
        for outcome in self.copied:
            outcome.count += calls


def pairs_hold(pairs: Iterable[tuple[str, frozenset[str]]]) -> Holds:
    """Whether each of these attributes is one of its texts."""
    wanted = tuple(pairs)

    def holds(context: Context, _: World) -> bool:
        attributes = context.attributes
        try:
            for name, texts in wanted:
                if attributes[name] not in texts:
                    return False
        except (KeyError, TypeError):  # missing, or a list or object, which is no text
            return False
        return True

    return holds
