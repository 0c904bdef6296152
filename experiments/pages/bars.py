"""The 10,000 buckets as a bar: who holds which of them, drawn to scale, and the same in words."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from experiments.shares import percentage
from flagkit.engine.experiments import BUCKETS
from flags.wording import percent

Range = Sequence[int]  # first and last bucket, both included

LOOKS = 8
NOBODY = 0  # the look of buckets that nobody holds
_LABELLED = 400  # buckets: narrower stretches have no room for their letter


@dataclass(frozen=True, slots=True)
class Stretch:
    """Neighbouring buckets with one holder; `letter` is how the bar and the words beside it know each other."""

    holder: str
    letter: str
    look: int
    first: int
    last: int

    @property
    def left(self) -> str:
        return _scaled(self.first)

    @property
    def width(self) -> str:
        return _scaled(self.last - self.first + 1)

    @property
    def middle(self) -> str:
        return _scaled((self.first + self.last + 1) / 2)

    @property
    def has_room(self) -> bool:
        return bool(self.letter) and self.last - self.first >= _LABELLED

    def __str__(self) -> str:
        return f"{self.first:,} to {self.last:,}"


@dataclass(frozen=True, slots=True)
class Share:
    """Everything that one holder has."""

    holder: str
    letter: str
    look: int
    stretches: Sequence[Stretch]

    @property
    def buckets(self) -> int:
        return sum(stretch.last - stretch.first + 1 for stretch in self.stretches)

    @property
    def percent(self) -> str:
        return percent(percentage(self.buckets))


@dataclass(frozen=True, slots=True)
class Bar:
    """`shares` are in the order given, and then the buckets of nobody, where there are any."""

    shares: Sequence[Share]

    @property
    def stretches(self) -> list[Stretch]:
        return sorted((each for share in self.shares for each in share.stretches), key=lambda each: each.first)

    @property
    def taken(self) -> int:
        return sum(share.buckets for share in self.shares if share.look != NOBODY)

    def __str__(self) -> str:
        """The bar in words: `control 0 to 4,999, nobody 5,000 to 9,999`."""
        return ", ".join(f"{each.holder} {each}" for each in self.stretches)


def bar_of(held: Iterable[tuple[str, Iterable[Range]]], *, nobody: str) -> Bar:
    """The bar of these holders with their ranges, which do not overlap; `nobody` names the buckets between them."""
    holders = [(holder, sorted((first, last) for first, last in ranges)) for holder, ranges in held]
    shares = [
        _share(holder, chr(ord("A") + at % 26), at % LOOKS + 1, each) for at, (holder, each) in enumerate(holders)
    ]
    free = list(_between([pair for _, ranges in holders for pair in ranges]))
    return Bar([*shares, _share(nobody, "", NOBODY, free)] if free else shares)


def _share(holder: str, letter: str, look: int, ranges: Iterable[tuple[int, int]]) -> Share:
    return Share(holder, letter, look, [Stretch(holder, letter, look, first, last) for first, last in ranges])


def _between(ranges: Iterable[tuple[int, int]]) -> Iterator[tuple[int, int]]:
    at = 0
    for first, last in sorted(ranges):
        if first > at:
            yield at, first - 1
        at = last + 1
    if at < BUCKETS:
        yield at, BUCKETS - 1


def _scaled(buckets: float) -> str:
    """A length along the bar as SVG has it: `12.5%`."""
    return f"{buckets * 100 / BUCKETS:g}%"
