"""All flags for one subject at once: what most subjects get is copied, and what this one gets otherwise is put over it.

Flags whose only rule asks the same condition are asked together. A plan works on places and values, so that the same
steps fill a dictionary of outcomes or a list of JSON fragments.

Counts stay exact without touching what is only copied: a copied outcome answered every call of its plan but those in
which another one was put over it. `settle` adds the former, each putting over takes one of the latter off.
"""

from collections.abc import Iterable
from typing import Any

from xxhash import xxh64_intdigest

from flagkit.engine.conditions import Holds, World
from flagkit.engine.context import Context
from flagkit.engine.model import Flag
from flagkit.engine.outcome import Outcome

Place = Any
Put = tuple[Place, Any, Outcome, Outcome]  # where, the value, whose it is, and the copied outcome that it replaces


class Hashed:
    """Flags that the subject's bucket decides. Those of two answers stand apart: they are most of them."""

    __slots__ = ("arms", "halves")

    def __init__(self) -> None:
        self.halves: list[tuple[int, int, Put]] = []  # seed, edge, what to put for those below it
        self.arms: list[tuple[Place, int, list[tuple[int, Any, Outcome]], Outcome]] = []

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


class Group:
    """Flags whose only rule asks the same condition."""

    __slots__ = ("calls", "hashed", "holds", "puts")

    def __init__(self, holds: Holds) -> None:
        self.holds = holds
        self.puts: list[Put] = []
        self.hashed = Hashed()
        self.calls = 0

    def put(self, answers: Any, key: bytes) -> None:
        self.calls += 1
        for place, value, _, _ in self.puts:
            answers[place] = value
        self.hashed.put(answers, key)


class Plan:
    """How to answer all flags of a ruleset: `template` holds what is copied at each place."""

    __slots__ = ("calls", "copied", "groups", "hashed", "models", "template", "values")

    def __init__(self, template: Any) -> None:
        self.template = template
        self.copied: list[Outcome] = []
        self.hashed = Hashed()
        self.groups: list[Group] = []
        self.models: list[tuple[Place, Flag]] = []
        self.values: Any = None
        self.calls = 0

    def answers(self, context: Context, world: World) -> Any:
        """The template's copy with this subject's answers. Raises where the context cannot take the short way."""
        key = context.key_bytes
        if key is None:
            raise TypeError("no key to hash")
        met = [group for group in self.groups if group.holds(context, world)]
        decided = [(place, flag.serve_for(context, world).pick(context)) for place, flag in self.models]  # type: ignore[arg-type]
        # from here on nothing fails, so nothing is counted that is not answered
        self.calls += 1
        answers = self.template.copy()
        self.hashed.put(answers, key)
        for group in met:
            group.put(answers, key)
        for place, outcome in decided:
            outcome.count += 1
            answers[place] = self.values(outcome)
        return answers

    def settle(self) -> None:
        """Count what was only copied so far."""
        calls, self.calls = self.calls, 0
        for outcome in self.copied:
            outcome.count += calls
        for group in self.groups:
            calls, group.calls = group.calls, 0
            for _, _, outcome, copied in group.puts:
                outcome.count += calls
                copied.count -= calls


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
