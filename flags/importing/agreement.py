"""Whether what was imported answers as its source does: both are asked about the same subjects.

The subjects are made up, always the same ones, and have the attributes that the feature asks about: the values that it
names, values beside them, and none.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from flagkit.engine import Context, Ruleset, compile_ruleset
from flags.importing.unleash_answers import Source
from flags.importing.unleash_mentions import Mentions, mentions_of
from flags.importing.unleash_variants import Variants

SUBJECTS = 1000  # of each feature in each environment, as long as there are not too many of them
MOST = 200_000  # evaluations by either side: a few seconds
LEAST = 20


@dataclass(slots=True)
class Agreement:
    """How many answers were compared, how many were equal, and the features where some were not."""

    sampled: int = 0
    equal: int = 0
    different: list[str] = field(default_factory=list)


def agreement_of(
    export: Mapping[str, Any],
    variants: Mapping[str, Variants],
    evaluated: Sequence[Sequence[Mapping[str, Any]]],
    *,
    now: datetime,
) -> Agreement:
    """Ask the source and the documents of each environment."""
    source, found = Source(export, now), Agreement()
    rulesets = [compile_ruleset(documents)[0] for documents in evaluated]
    names = [document["key"] for documents in evaluated[:1] for document in documents if "kind" not in document]
    names = [name for name in names if name in source.features]
    subjects = min(SUBJECTS, max(LEAST, MOST // max(1, len(names) * len(rulesets))))
    for name in names:
        equal = sum(_equal(source, rulesets, name, variants[name], subjects))
        found.sampled += subjects * len(rulesets)
        found.equal += equal
        if equal < subjects * len(rulesets):
            found.different.append(name)
    return found


def _equal(source: Source, rulesets: Sequence[Ruleset], name: str, variants: Variants, subjects: int) -> Iterator[int]:
    """For each subject in how many of the rulesets the answers are equal."""
    for given in _subjects(name, mentions_of(source, name), subjects):
        enabled, variant = source.answer(name, given)
        wanted = (enabled, variants.key(variant) if variant else variants.plain) if enabled else (False, None)
        attributes = {key: value for key, value in given.items() if key != "userId"}
        context = Context(given["userId"], attributes, source.now)
        outcomes = [ruleset.evaluate(name, context) for ruleset in rulesets]
        yield sum((out.enabled, out.variant if out.enabled else None) == wanted for out in outcomes)


def _subjects(name: str, mentions: Mentions, count: int) -> Iterator[dict[str, str]]:
    chance = Random(name)  # noqa: S311 - made-up subjects, the same in every run
    for at in range(count):
        given = {each: f"{each}-{at}" for each in mentions.sticky}
        for attribute, values in mentions.values.items():
            found = chance.choice(values) if chance.random() < 0.8 else None
            if found is not None and (attribute not in given or chance.random() < 0.5):
                given[attribute] = found
        yield given
