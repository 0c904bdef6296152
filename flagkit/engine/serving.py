"""What a match gives: one variant, or a share of the subjects each, by the bucket that their id falls into.

    {"variant": "on"}
    {"off": true}                                       the off variant, as if the flag was off for this subject
    {"rollout": {"salt": "…", "ranges": [[0, 30000]], "variant": "on", "otherwise": "off"}}
    {"split": {"salt": "…", "arms": [{"variant": "a", "ranges": [[0, 50000]]}, …]}}

Rollouts, splits and gates may also say `by` (the attribute to bucket by, or a list of which the first one there counts;
default the targeting key), `algorithm` (default xxh64) and `buckets`. A split or rollout may name the variant that is
served `without_id`; else a subject without an id gets TARGETING_KEY_MISSING with the off variant.

Ranges are half-open. They count buckets of 0.001 % (0 … 100,000), or what the algorithm counts; `closed` includes their
upper ends. The arms of a split cover everything, or it says `is_partial`: then whom they leave out gets what the flag
serves while it is off. A gate may say of which `layer` or `holdout` it is, for the explanation.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any, NamedTuple, Protocol

from flagkit.engine import attributes
from flagkit.engine.algorithms import NATIVE, algorithm
from flagkit.engine.bucketing import BUCKETS, bucket_of, hash_of, seed_of
from flagkit.engine.context import Context
from flagkit.engine.documents import BrokenDocument, flag_of, mapping, sequence, shown, text
from flagkit.engine.outcome import Outcome

Range = tuple[int | float, int | float]


class Serve(Protocol):
    """What answers once it is known which part of the flag applies."""

    def pick(self, context: Context) -> Outcome: ...
    def bucket(self, context: Context) -> int | float | None: ...


class Fixed(NamedTuple):
    """The same answer for every subject."""

    outcome: Outcome

    def pick(self, context: Context) -> Outcome:
        return self.outcome

    def bucket(self, context: Context) -> None:
        return None


class Dial(NamedTuple):
    """How a subject becomes a bucket: by which id, which algorithm and which salt. `full` is the end of the buckets."""

    by: tuple[str, ...]
    name: str
    salt: str
    full: int | float
    bucket: Callable[[Context], int | float | None]

    def is_plain(self) -> bool:
        """Whether the targeting key is bucketed by the engine's own algorithm."""
        return self.name == NATIVE and self.is_by_key()

    def is_by_key(self) -> bool:
        return self.by in ((), (attributes.TARGETING_KEY,))

    def is_like(self, other: "Dial") -> bool:
        """Whether every subject has the same bucket here and there."""
        return self[:4] == other[:4]


class Split(NamedTuple):
    """An answer by bucket. `arms` are (low, high, outcome) in order, without a gap."""

    dial: Dial
    arms: tuple[tuple[int | float, int | float, Outcome], ...]
    closed: bool
    without_id: Outcome

    def pick(self, context: Context) -> Outcome:
        bucket = self.dial.bucket(context)
        return self.without_id if bucket is None else self.at(bucket)

    def at(self, bucket: int | float) -> Outcome:
        for _, high, outcome in self.arms:
            if bucket < high or (self.closed and bucket == high):
                return outcome
        return self.arms[-1][2]  # where the algorithm can reach its own end

    def bucket(self, context: Context) -> int | float | None:
        return self.dial.bucket(context)


class Gate(NamedTuple):
    """Lets a share of the subjects through; nobody without an id. `of` names what it belongs to."""

    dial: Dial
    ranges: tuple[Range, ...]
    closed: bool
    of: Mapping[str, str]

    def lets(self, context: Context) -> bool:
        bucket = self.dial.bucket(context)
        return bucket is not None and self.has(bucket)

    def has(self, bucket: int | float) -> bool:
        return any(low <= bucket < high or (self.closed and bucket == high) for low, high in self.ranges)


class Picked(NamedTuple):
    """The answer of a split whose bucket is known already."""

    outcome: Outcome
    of: int | float

    def pick(self, context: Context) -> Outcome:
        return self.outcome

    def bucket(self, context: Context) -> int | float:
        return self.of


class Share(NamedTuple):
    """A split behind a gate that counts the same buckets: one look at them tells who is let through and what they get.

    Experiments are of this kind: whose bucket has no variant, and who has no id, is not in the experiment.
    """

    gate: Gate
    split: Split

    def serve_for(self, context: Context) -> Picked | None:
        bucket = self.split.dial.bucket(context)
        if bucket is None or not self.gate.has(bucket):
            return None
        return Picked(self.split.at(bucket), bucket)

    def is_closed(self) -> bool:
        """Whether ends of ranges belong to two of them, so that their order counts."""
        return self.gate.closed or self.split.closed

    def or_else(self, outcome: Outcome) -> Split:
        """The same as one split, in which everyone whom the gate holds back gets this outcome."""
        ranges = (*self.gate.ranges, *(arm[:2] for arm in self.split.arms))
        edges = sorted({0, *(edge for pair in ranges for edge in pair)})
        arms = [(low, high, self.split.at(low) if self.gate.has(low) else outcome) for low, high in pairwise(edges)]
        if not self.split.dial.is_plain():  # other algorithms can reach the end of their buckets, or pass it
            arms.append((edges[-1], edges[-1], outcome))
        return Split(self.split.dial, tuple(arms), False, outcome)


def share_of(gates: Sequence[Gate], serve: Serve) -> Share | None:
    """The split and the last of the gates before it, where both count the same buckets."""
    if not gates or not isinstance(serve, Split) or not gates[-1].dial.is_like(serve.dial):
        return None
    return Share(gates[-1], serve)


def compile_dial(document: Mapping[str, Any]) -> Dial:
    by = document.get("by", ())
    names = (by,) if isinstance(by, str) else tuple(by)
    if not all(isinstance(name, str) and name for name in names):
        raise BrokenDocument(f"by names an attribute or a list of them, not {shown(by)}")
    salt = document["salt"]
    if not isinstance(salt, str):
        raise BrokenDocument(f"salt has to be text, not {shown(salt)}")
    salt.encode()  # a lone surrogate has no bytes to hash: told now and not at every evaluation
    chosen, full = algorithm(document.get("algorithm", NATIVE)), full_of(document)
    read = attributes.id_reader(names)
    return Dial(names, chosen.name, salt, full, _bucketer(chosen.name, chosen.bucket, read, salt, int(full)))


def full_of(document: Mapping[str, Any]) -> int | float:
    """The end of the buckets that the ranges of this document count."""
    full = algorithm(document.get("algorithm", NATIVE)).full
    if full is not None:
        return full
    full = document.get("buckets", BUCKETS)
    if not isinstance(full, int) or isinstance(full, bool) or not 0 < full <= 1 << 32:
        raise BrokenDocument(f"buckets has to be a whole number above 0, not {shown(full)}")
    return full


def compile_gate(document: object) -> Gate:
    """Prepare a gate: `{"salt": "…", "ranges": [[0, 20000]]}`. Layers and holdouts are gates with a shared salt."""
    document = mapping(document, "a gate")
    dial = compile_dial(document)
    ranges = ranges_of(document)
    gaps(ranges, dial.full)
    of = {name: text(document, name) for name in ("layer", "holdout") if name in document}
    return Gate(dial, tuple(sorted(ranges)), flag_of(document, "closed"), of)


def compile_split(
    document: Mapping[str, Any], arms: Sequence[tuple[Range, Outcome]], rest: Outcome | None, without_id: Outcome
) -> Split:
    """A split over these ranges; what they leave open gets `rest`, and without one has to be nothing."""
    dial = compile_dial(document)
    open_ranges = gaps([found for found, _ in arms], dial.full)
    if open_ranges and rest is None:
        raise BrokenDocument("the arms of the split do not cover all users")
    covered = [(low, high, outcome) for (low, high), outcome in arms if low < high or flag_of(document, "closed")]
    filled = [(low, high, rest) for low, high in open_ranges if rest is not None]
    ordered = sorted([*covered, *filled], key=lambda arm: arm[:2])
    return Split(dial, tuple(ordered), flag_of(document, "closed"), without_id)


def ranges_of(document: Mapping[str, Any]) -> list[Range]:
    found: list[Range] = []
    for pair in sequence(document, "ranges"):
        low, high = pair
        if isinstance(low, bool) or isinstance(high, bool):
            raise BrokenDocument(f"{shown(pair)} is not a range of buckets")
        found.append((low, high))
    return found


def gaps(ranges: Iterable[Range], full: int | float) -> list[Range]:
    """The stretches that no range covers. Raises BrokenDocument when two overlap or one lies outside of 0 to `full`."""
    found: list[Range] = []
    at: int | float = 0
    for low, high in sorted(ranges):
        if not (at <= low <= high <= full):
            raise BrokenDocument(f"bucket ranges overlap or lie outside of 0 to {full:,}")
        if low > at:
            found.append((at, low))
        at = high
    return [*found, (at, full)] if at < full else found


def _bucketer(
    name: str,
    bucket: Callable[[str, bytes, int], int | float],
    read: Callable[[Context], bytes | None],
    salt: str,
    full: int,
) -> Callable[[Context], int | float | None]:
    if name == NATIVE:
        seed = seed_of(salt)
        return lambda context: None if (key := read(context)) is None else bucket_of(hash_of(key, seed), full)
    return lambda context: None if (key := read(context)) is None else bucket(salt, key, full)
