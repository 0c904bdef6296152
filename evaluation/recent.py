"""Which documents of an environment changed lately, so that whoever is a little behind is sent only those."""

from collections.abc import Collection
from dataclasses import dataclass
from typing import NamedTuple

from flags.kinds import Name

MOST = 1_000  # names that are remembered per environment; who is further behind takes the snapshot


class Step(NamedTuple):
    """One advance: the revision that it led to, and the names of the documents that it changed."""

    revision: int
    names: frozenset[Name]


@dataclass(frozen=True, slots=True)
class Recent:
    """The last steps, oldest first, and the earliest revision from which they lead to the newest."""

    since: int = 0
    steps: tuple[Step, ...] = ()

    def grown(self, before: int, revision: int, names: Collection[Name]) -> "Recent":
        """With one step more. What was loaded as a whole, from revision 0, has no steps: it cannot tell what left."""
        if not before:
            return Recent(revision)
        steps, since = [*self.steps, Step(revision, frozenset(names))], self.since
        surplus = sum(len(step.names) for step in steps) - MOST
        while surplus > 0:
            oldest = steps.pop(0)
            surplus, since = surplus - len(oldest.names), oldest.revision
        return Recent(since, tuple(steps))

    def after(self, revision: int) -> set[Name] | None:
        """The names of what changed after this revision, and perhaps a few more; None where that is too far back."""
        if revision < self.since:
            return None
        return {name for step in self.steps if step.revision > revision for name in step.names}
