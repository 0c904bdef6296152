"""All that a caller may ask for: flags, and running experiments as flags of their payloads."""

from typing import Any

from evaluation.running import Running
from flagkit.engine import Context, Outcome, Ruleset
from flagkit.engine.planning import Render
from flagkit.engine.ruleset import unknown


class FlagSet:
    """The flags that are `shown` (None: all of them), and the experiments that are on no other flag.

    What is not shown does not exist for who asks. A flag goes before an experiment with the same key.
    """

    def __init__(self, flags: Ruleset, running: Running, shown: frozenset[str] | None) -> None:
        self._flags, self._running, self._shown = flags, running, shown
        on = {key: document.get("flag") for key, document in running.documents.items() if key not in flags}
        self._renders: set[Render] = set()  # what it was asked to make of all answers
        self._experiments = frozenset(key for key, flag in on.items() if not flag or shown is None or flag in shown)

    def answer(self, key: str, context: Context) -> tuple[Outcome, int | float | None]:
        """The answer for this context, and the subject's bucket where the answer has one."""
        if key in self._experiments:
            return self._running.answer(key, context, self._flags)
        if self._shown is not None and key not in self._shown:
            return unknown(key), None
        return self._flags.answer(key, context)

    def prepare_as(self, earlier: "FlagSet") -> None:
        """Make ready for what the earlier set was asked for, so that the next question does not wait for it."""
        for render in earlier._renders:
            self._renders.add(render)
            self._flags.prepare(render, self._shown)
            if self._experiments:
                self._running.ruleset.prepare(render, self._experiments)

    def __len__(self) -> int:
        return len(self._flags if self._shown is None else self._shown) + len(self._experiments)

    def outcomes(self, context: Context) -> list[Outcome]:
        """Each answer, one by one: what `render_all` renders, in its order."""
        keys = self._flags if self._shown is None else self._shown.intersection(self._flags)
        flags = [self._flags.evaluate(key, context) for key in sorted(keys)]
        return flags + self._running.render_all(context, self._flags, _itself, self._experiments)

    def render_all(self, context: Context, render: Render) -> list[Any]:
        """What `render` makes of each answer; it is asked once per outcome."""
        self._renders.add(render)
        flags = self._flags.render_all(context, render, self._shown)
        if not self._experiments:
            return flags
        return flags + self._running.render_all(context, self._flags, render, self._experiments)


def _itself(outcome: Outcome) -> Outcome:
    return outcome
