"""What an attribute of an event holds, as an engine reads it: strictly typed, as the decision engine reads contexts."""

from collections.abc import Callable

from experiments.analysis.dialects import Dialect, Expression, Keys

Reader = Callable[[Expression, Keys], Expression]


class Attribute:
    """One attribute of each row. A name with dots is looked up as it stands first, then as a path; null is missing."""

    def __init__(self, attributes: Expression, name: str, dialect: Dialect) -> None:
        self._dialect = dialect
        self._attributes = attributes
        self._ways = _ways_to(name)

    @property
    def is_text(self) -> Expression:
        return self._is(self._dialect.texts)

    @property
    def is_number(self) -> Expression:
        return self._is(self._dialect.numbers)

    @property
    def is_boolean(self) -> Expression:
        return self._is(self._dialect.booleans)

    @property
    def is_list(self) -> Expression:
        return self._is(self._dialect.lists)

    @property
    def is_there(self) -> Expression:
        return self._is(self._known())

    @property
    def text(self) -> Expression:
        """A text as it stands, and anything else as JSON."""
        return self._first_of(self._dialect.text)

    @property
    def number(self) -> Expression:
        return self.is_number.ifelse(self._dialect.number(self.text), None)

    def has_element(self, written: frozenset[str]) -> Expression:
        """Whether a list has one of these in it, given as JSON; engines that cannot tell find none."""
        read = self._dialect.elements
        if read is None or not written:
            return self.is_list & False
        found = self._first_of(read)
        held = [found.contains(each) for each in sorted(written)]
        return self.is_list & _any(held)

    def _known(self) -> frozenset[str]:
        dialect = self._dialect
        return dialect.texts | dialect.numbers | dialect.booleans | dialect.lists | dialect.objects

    def _is(self, kinds: frozenset[str]) -> Expression:
        return self._first_of(self._dialect.kind).fill_null("").isin(sorted(kinds))

    def _first_of(self, read: Reader) -> Expression:
        """By the first way on which something is."""
        *earlier, last = self._ways
        found = read(self._attributes, last)
        for keys in reversed(earlier):
            here = self._dialect.kind(self._attributes, keys).fill_null("").isin(sorted(self._known()))
            found = here.ifelse(read(self._attributes, keys), found)
        return found


def _ways_to(name: str) -> tuple[Keys, ...]:
    """`a.b.c` is the key `a.b.c`, else `b.c` in `a`, else `c` in `b` in `a`."""
    head, dot, rest = name.partition(".")
    return ((name,),) if not dot else ((name,), *((head, *way) for way in _ways_to(rest)))


def _any(conditions: list[Expression]) -> Expression:
    found = conditions[0]
    for condition in conditions[1:]:
        found = found | condition
    return found
