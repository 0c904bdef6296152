"""Where two documents differ, path by path: `rules[eu].serve.variant` was "off" and is "on"."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from accounts.json_values import same

_NAMES = ("id", "key", "variant", "flag")  # by which the parts of a list are known, whatever their order


@dataclass(frozen=True, slots=True)
class Difference:
    """`before` is None where there was nothing, `after` where there is nothing any more.

    Of a list of texts they hold the texts that were taken out and those that were put in.
    """

    path: str
    before: Any
    after: Any


def differences(before: Any, after: Any, path: str = "") -> Iterator[Difference]:
    """Every difference once, at the deepest place where it can be told; None is an empty document."""
    if not path:
        before, after = ({} if each is None else each for each in (before, after))
    if same(before, after):
        return
    if isinstance(before, dict) and isinstance(after, dict):
        yield from _between_objects(before, after, f"{path}." if path else "")
    elif isinstance(before, list) and isinstance(after, list):
        yield from _between_lists(before, after, path)
    else:
        yield Difference(path, before, after)


def _between_objects(before: Mapping[str, Any], after: Mapping[str, Any], stem: str) -> Iterator[Difference]:
    for name in {**before, **after}:
        if name in before and name in after:
            yield from differences(before[name], after[name], f"{stem}{name}")
        else:
            yield Difference(f"{stem}{name}", before.get(name), after.get(name))


def _between_lists(before: list[Any], after: list[Any], path: str) -> Iterator[Difference]:
    if _are_texts([*before, *after]):
        yield _between_texts(before, after, path)
    elif named := _named(before, after):
        yield from _between_named(*named, path)
    elif len(before) == len(after) and all(isinstance(part, dict) for part in (*before, *after)):
        for at, (old, new) in enumerate(zip(before, after, strict=True)):
            yield from differences(old, new, f"{path}[{at}]")
    else:
        yield Difference(path, before, after)


def _between_texts(before: list[str], after: list[str], path: str) -> Difference:
    """Both as a whole where they differ in their order alone."""
    old, new = set(before), set(after)
    gone, come = [text for text in before if text not in new], [text for text in after if text not in old]
    return Difference(path, gone, come) if gone or come else Difference(path, before, after)


def _between_named(before: Mapping[str, Any], after: Mapping[str, Any], path: str) -> Iterator[Difference]:
    for name in {**before, **after}:
        if name in before and name in after:
            yield from differences(before[name], after[name], f"{path}[{name}]")
        else:
            yield Difference(f"{path}[{name}]", before.get(name), after.get(name))
    kept_before, kept_after = [name for name in before if name in after], [name for name in after if name in before]
    if kept_before != kept_after:
        yield Difference(f"{path} (order)", list(before), list(after))


def _named(before: list[Any], after: list[Any]) -> tuple[Mapping[str, Any], Mapping[str, Any]] | None:
    """The parts of both lists by what they are known by; None where some are known by nothing, or two by the same."""
    for name in _NAMES:
        if all(isinstance(part, dict) and isinstance(part.get(name), str) for part in (*before, *after)):
            old, new = ({part[name]: part for part in parts} for parts in (before, after))
            if len(old) == len(before) and len(new) == len(after):
                return old, new
    return None


def _are_texts(parts: list[Any]) -> bool:
    return all(isinstance(part, str) for part in parts)
