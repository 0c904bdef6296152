"""The experiments that run in an environment at one revision, and who is in which variant of them."""

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import cached_property
from typing import Any, Self

from flagkit.engine import Audience, BrokenDocument, Context, Outcome, Reason, Ruleset
from flagkit.engine.compiled import CompiledFlag, parsed
from flagkit.engine.experiments import compile_experiment

logger = logging.getLogger(__name__)

Document = Mapping[str, Any]
Compiled = tuple[Document, CompiledFlag]


class Running:
    """Experiments by key. Never changed, only replaced; prepared when they are first asked for.

    An assignment is a dictionary, or what `write` makes of it, once per variant:

        {"experiment_key": "button-color", "experiment_id": "…", "variant_key": "control", "variant_id": "…",
         "payload": {"color": "#0066cc"}}
    """

    def __init__(self, texts: Mapping[str, str] | None = None, audiences: Mapping[str, Audience] | None = None) -> None:
        self._texts = texts or {}
        self._audiences = audiences or {}
        self._known: Mapping[str, Compiled] = {}

    def changed(self, texts: Mapping[str, str], audiences: Mapping[str, Audience]) -> Self:
        """These experiments, of which those that did not change are not compiled again."""
        found = type(self)(texts, audiences)
        compiled: Mapping[str, Compiled] = self.__dict__.get("_compiled", self._known)
        found._known = {key: each for key, each in compiled.items() if texts.get(key) == self._texts[key]}
        return found

    def write(self, assignment: dict[str, Any]) -> Any:
        return assignment

    def assignments(
        self,
        context: Context,
        flags: Ruleset,
        only: Collection[str] | None = None,
        shown: Collection[str] | None = None,
    ) -> list[Any]:
        """The subject's assignments in the order of the experiments' keys; they are shared by all answers.

        `only` names the experiments that are asked for, `shown` the flags whose experiments may be told; None: all.
        """
        if only is not None:
            found = [self._render(self._outcome(key, context, flags, shown)) for key in self.documents if key in only]
        else:
            found = self.ruleset.render_all(context, self._render)
            for place, key in self._places_on_flags:
                found.insert(place, self._render(self._outcome(key, context, flags, shown)))
        return [assignment for assignment in found if assignment is not None]

    def counted_assignments(
        self, context: Context, flags: Ruleset, only: Collection[str] | None, shown: Collection[str] | None
    ) -> tuple[list[Any], tuple[Outcome, ...]]:
        """The same, one by one, and the outcomes that were counted for them."""
        found = {
            key: self._outcome(key, context, flags, shown) for key in self.documents if only is None or key in only
        }
        assigned = [assignment for each in found.values() if (assignment := self._render(each)) is not None]
        return assigned, tuple(each for key, each in found.items() if each is not None and key not in self._flags)

    def answer(self, key: str, context: Context, flags: Ruleset) -> tuple[Outcome, int | float | None]:
        """The experiment as a flag of its payloads, which has no value for who is not in it, and the subject's bucket.

        Raises KeyError for a key that names no experiment here.
        """
        if key not in self._flags:
            return self.ruleset.answer(key, context)
        found = self._on_flag(key, context, flags)
        return found, None if found.variant is None else flags.bucket(self._flags[key], context)

    def render_all(
        self, context: Context, flags: Ruleset, render: Callable[[Outcome], Any], only: frozenset[str]
    ) -> list[Any]:
        """What `render` makes of each experiment's answer as a flag; `only` names those that are asked."""
        found = self.ruleset.render_all(context, render, only)
        on_flags = (key for key in self._flags if key in only)
        return found + [render(self._on_flag(key, context, flags)) for key in on_flags]

    def settle(self) -> None:
        """Bring the counts of all outcomes up to date, see `Ruleset.settle`."""
        if self._asked is not None:
            self._asked.settle()

    def counted(self, *, beside: "Running | None" = None) -> Iterator[Outcome]:
        """The outcomes of experiments on no flag that may have a count, see `Ruleset.counted`."""
        if self._asked is not None:
            yield from self._asked.counted(beside=beside._asked if beside is not None else None)

    @property
    def _asked(self) -> Ruleset | None:
        """None before anybody was assigned: then nothing is prepared, and nothing is counted."""
        return self.__dict__.get("ruleset")

    @cached_property
    def documents(self) -> Mapping[str, Document]:
        """The experiments by key, in order."""
        return {key: document for key, (document, _) in self._compiled.items()}

    @cached_property
    def ruleset(self) -> Ruleset:
        """The experiments that are on no flag, each as a flag of its payloads."""
        alone = {key: flag for key, (_, flag) in self._compiled.items() if key not in self._flags}
        return Ruleset(alone, self._audiences)

    @cached_property
    def _compiled(self) -> Mapping[str, Compiled]:
        """In order of the keys. A broken experiment is left out: it assigns nobody and poisons nothing else."""
        found = {}
        for key in sorted(self._texts):
            try:
                found[key] = self._known.get(key) or _prepared(self._texts[key])
            except BrokenDocument as error:
                logger.warning("experiment %s is left out: %s", key, error)
        return found

    @cached_property
    def _flags(self) -> Mapping[str, str]:
        """The flag of each experiment that is on one."""
        return {key: each["flag"] for key, each in self.documents.items() if each.get("flag")}

    @cached_property
    def _places_on_flags(self) -> Sequence[tuple[int, str]]:
        """Where the experiments on flags stand among all of them, the first one first."""
        return [(place, key) for place, key in enumerate(self.documents) if key in self._flags]

    @cached_property
    def _written(self) -> Mapping[tuple[str, str], Any]:
        return {
            (key, variant["key"]): self.write(_assignment(document, variant))
            for key, document in self.documents.items()
            for variant in document["variants"]
        }

    @cached_property
    def _payloads(self) -> Mapping[tuple[str, str | None], Outcome]:
        """The answers that experiments on flags have as flags of their payloads, by experiment and variant."""
        alone = Ruleset({key: self._compiled[key][1] for key in self._flags})
        outcomes = [outcome for key in self._flags for outcome in alone.outcomes(key)]
        told = [outcome for outcome in outcomes if outcome.variant or outcome.reason is Reason.DEFAULT]
        return {(outcome.flag, outcome.variant): outcome for outcome in told}

    def _on_flag(self, key: str, context: Context, flags: Ruleset) -> Outcome:
        outcome = self._outcome(key, context, flags, None)
        return self._payloads[key, None if outcome is None else outcome.variant]

    def _outcome(self, key: str, context: Context, flags: Ruleset, shown: Collection[str] | None) -> Outcome | None:
        """What the experiment gives; on a flag, only who gets it from the flag is in the experiment."""
        if key not in self._flags:
            return self.ruleset.evaluate(key, context)
        flag = self._flags[key]
        if shown is not None and flag not in shown:
            return None
        try:
            outcome = flags.serve_for(flag, context).pick(context)
        except Exception:  # a flag that does not exist, or cannot be evaluated for this context
            return None
        return outcome if outcome.experiment == key else None

    def _render(self, outcome: Outcome | None) -> Any:
        """The assignment; None where there is none."""
        if outcome is None or outcome.variant is None:
            return None
        return self._written.get((outcome.experiment or "", outcome.variant))


def _prepared(text: str) -> Compiled:
    document = parsed(text)
    return document, compile_experiment(document)


def _assignment(document: Document, variant: Document) -> dict[str, Any]:
    return {
        "experiment_key": document["key"],
        "experiment_id": document["id"],
        "variant_key": variant["key"],
        "variant_id": variant["id"],
        "payload": variant["payload"],
    }
