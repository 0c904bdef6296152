"""The short form of the flags that most flags are: what `evaluate` reads for them is one tuple, without any call.

    (always, name, texts, more, otherwise, seed, edge, inside, arms, outside, full)

- `always` answers whatever the context says (off, broken, or one variant for all).
- Else, where `attributes[name]` is not one of `texts`, or `more` (name, texts, more) fails the same way, `otherwise`.
- Else, `inside` where there is no `seed` or the subject's hash under it is below `edge`; then the first of `arms`
  (edge, outcome, further arms) that the hash is below; then `outside`. `full` is the number of buckets that edges
  were counted in.

A flag that this cannot say is BY_MODEL. What a flag has no use for is NOBODY, which never answers. Conditions and
edges are pooled, so that flags about the same thing share them: what is shared stays in the processor's cache.
"""

from collections.abc import Iterator, Sequence
from sys import intern
from typing import Any

from flagkit.engine.bucketing import seed_of, threshold
from flagkit.engine.conditions import Condition, is_plain_text
from flagkit.engine.model import Flag
from flagkit.engine.outcome import Outcome, Reason
from flagkit.engine.scalars import listed
from flagkit.engine.serving import Fixed, Serve, Split

Pairs = tuple[tuple[str, frozenset[str]], ...]
More = tuple[str, frozenset[str], "More | None"]
Arms = tuple[int, Outcome, "Arms | None"]
Texts = frozenset[str]
FlatFlag = tuple[
    Outcome | None, str | None, Texts, More | None, Outcome, int | None, int, Outcome, Arms | None, Outcome, int
]
Pool = dict[Any, Any]
NOBODY = Outcome("", None, None, False, Reason.ERROR, "")
_ANY: Texts = frozenset()
BY_MODEL: FlatFlag = (None, None, _ANY, None, NOBODY, None, 0, NOBODY, None, NOBODY, 0)


def constant(outcome: Outcome) -> FlatFlag:
    """The short form of a flag that always answers the same."""
    return (outcome, None, _ANY, None, NOBODY, None, 0, NOBODY, None, NOBODY, 0)


def flatten(flag: Flag, pool: Pool) -> FlatFlag:
    """The short form of a flag, or BY_MODEL."""
    if flag.off is not None:
        return constant(flag.off.outcome)
    if flag.prerequisites or flag.targets or len(flag.rules) > 1:
        return BY_MODEL
    if not flag.rules:
        return constant(flag.serve.outcome) if isinstance(flag.serve, Fixed) else _hashed((), flag.serve, NOBODY, pool)
    rule = flag.rules[0]
    pairs = pairs_of(rule.condition)
    if pairs is None or not rule.is_timeless() or rule.gates or not isinstance(flag.serve, Fixed):
        return BY_MODEL
    serve = rule.serve_or_else(flag.serve.outcome)
    if serve is None or (isinstance(serve, Fixed) and not pairs):
        return BY_MODEL
    pooled = tuple((name, pool.setdefault(texts, texts)) for name, texts in pairs)
    return _hashed(pooled, serve, flag.serve.outcome, pool)


def outcomes_of(flat: FlatFlag) -> tuple[Outcome, ...]:
    """The outcomes that the short form names."""
    always, _, _, _, otherwise, _, _, inside, arms, outside, _ = flat
    found = [always, otherwise, inside, *(outcome for _, outcome in unlinked(arms)), outside]
    return tuple(outcome for outcome in found if outcome is not None and outcome is not NOBODY)


def pairs_of(condition: Condition) -> Pairs | None:
    """The condition as texts that plain attributes may be, all of them; None where it asks for more."""
    if condition.kind == "all" or (condition.kind == "any" and len(condition.parts) == 1):
        found = [pairs_of(part) for part in condition.parts]
        return None if None in found else tuple(pair for pairs in found for pair in pairs or ())
    document = condition.document
    if condition.kind != "test" or document["operator"] not in ("eq", "in") or document.get("negate"):
        return None
    if not is_plain_text(document):
        return None
    return ((intern(str(document["attribute"])), frozenset(intern(str(text)) for text in listed(document))),)


def _hashed(pairs: Pairs, serve: Serve, otherwise: Outcome, pool: Pool) -> FlatFlag:
    name, texts = pairs[0] if pairs else (None, _ANY)
    more = pool.setdefault(("more", pairs[1:]), _chained(pairs[1:]))
    if isinstance(serve, Fixed):
        return (None, name, texts, more, otherwise, None, 0, serve.outcome, None, NOBODY, 0)
    if not isinstance(serve, Split) or not serve.dial.is_plain() or serve.closed:
        return BY_MODEL
    *before, (_, _, outside) = serve.arms if len(serve.arms) > 1 else serve.arms * 2
    full = int(serve.dial.full)
    edges = [threshold(int(high), full) for _, high, _ in before]
    (edge, inside), *arms = [(pool.setdefault(edge, edge), arm[2]) for edge, arm in zip(edges, before, strict=True)]
    seed = seed_of(serve.dial.salt)
    return (None, name, texts, more, otherwise, seed, edge, inside, _linked(arms), outside, full)


def arm_of(hashed: int, arms: Arms | None, outside: Outcome) -> Outcome:
    """The outcome of the first arm that the hash is below."""
    while arms is not None:
        edge, outcome, arms = arms
        if hashed < edge:
            return outcome
    return outside


def unlinked(arms: Arms | None) -> Iterator[tuple[int, Outcome]]:
    """The arms one after the other."""
    while arms is not None:
        edge, outcome, arms = arms
        yield edge, outcome


def pairs_in(more: More | None) -> Iterator[tuple[str, Texts]]:
    """The further conditions one after the other."""
    while more is not None:
        name, texts, more = more
        yield name, texts


def _chained(pairs: Pairs) -> More | None:
    found: More | None = None
    for name, texts in reversed(pairs):
        found = (name, texts, found)
    return found


def _linked(arms: Sequence[tuple[int, Outcome]]) -> Arms | None:
    """Each arm holding the following ones: cheaper to walk than a tuple of them, which takes an iterator."""
    found: Arms | None = None
    for edge, outcome in reversed(arms):
        found = (edge, outcome, found)
    return found
