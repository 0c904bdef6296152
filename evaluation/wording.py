"""What happened to published documents, in words for people."""

from collections.abc import Sequence
from dataclasses import dataclass

from audit.wording import NOTHING, clipped, in_words
from evaluation.comparing import Difference
from evaluation.history import Comparison, Deed

# What the heading says, what is the same in all documents, and what is drawn at random.
_UNTOLD_OF_NEW = ("schema", "kind", "key", "id", "salt")


@dataclass(frozen=True, slots=True)
class Line:
    """One path of a document; None where there was, or is, nothing to tell of."""

    path: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class Told:
    kind: str
    key: str
    change: Deed
    lines: Sequence[Line]


def told(comparison: Comparison) -> Told:
    """A document that came or went is told by its parts that hold something."""
    deed = comparison.change
    lines = [_line(each) for each in comparison.differences]
    if deed != Deed.CHANGED:
        full = [line for line in lines if line.before or line.after]
        lines = [line for line in full if line.path not in _UNTOLD_OF_NEW]
    return Told(comparison.kind, comparison.key, deed, lines)


def _line(difference: Difference) -> Line:
    return Line(difference.path, _words(difference.before), _words(difference.after))


def _words(value: object) -> str | None:
    words = in_words(value)
    return None if words == NOTHING else clipped(words)
