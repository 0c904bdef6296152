"""Which documents lead back to themselves: flags by their prerequisites, audiences by their rules."""

from collections.abc import Iterable, Mapping


def circular(edges: Mapping[str, Iterable[str]]) -> dict[str, tuple[str, ...]]:
    """For each key on a circle, one way around it: `{"a": ("a", "b", "a"), "b": ("b", "a", "b")}`."""
    found = {}
    for start in edges:
        way = _way_back(start, edges)
        if way:
            found[start] = way
    return found


def _way_back(start: str, edges: Mapping[str, Iterable[str]]) -> tuple[str, ...]:
    seen: set[str] = set()
    ways: list[tuple[str, ...]] = [(start,)]
    while ways:
        way = ways.pop()
        for following in edges.get(way[-1], ()):
            if following == start:
                return (*way, start)
            if following not in seen:
                seen.add(following)
                ways.append((*way, following))
    return ()
