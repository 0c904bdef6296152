"""How one value from outside becomes one that is stored: strictly by type, or refused with a sentence and a path."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from accounts.json_values import problem_with_text

Cleaner = Callable[[Any], Any]


class Wrong(Exception):
    """One value is not what its field takes; `path` leads to it inside of the field, as in `.0.key`."""

    def __init__(self, sentence: str, path: str = "") -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.path = path


def clean_all(given: Mapping[str, Any], cleaners: Mapping[str, Cleaner]) -> tuple[dict[str, Any], dict[str, list[str]]]:
    """What is good by field, and the sentences for what is not by path."""
    found: dict[str, Any] = {}
    problems: dict[str, list[str]] = {}
    for name, value in given.items():
        try:
            found[name] = cleaners.get(name, _unknown)(value)
        except Wrong as wrong:
            problems[name + wrong.path] = [wrong.sentence]
    return found, problems


def text(most: int) -> Cleaner:
    def clean(value: Any) -> str:
        if not isinstance(value, str):
            raise Wrong("Give a text.")
        if problem := problem_with_text(value):
            raise Wrong(problem)
        if len(value) > most:
            raise Wrong(f"Give at most {most:,} characters.")
        return value

    return clean


def matching(pattern: str, sentence: str) -> Cleaner:
    compiled = re.compile(pattern)

    def clean(value: Any) -> str:
        if not isinstance(value, str) or not compiled.fullmatch(value):
            raise Wrong(sentence)
        return value

    return clean


def one_of(choices: Sequence[str]) -> Cleaner:
    def clean(value: Any) -> str:
        if not isinstance(value, str) or value not in choices:
            raise Wrong(f"Give one of {', '.join(choices)}.")
        return value

    return clean


def boolean(value: Any) -> bool:
    if not isinstance(value, bool):
        raise Wrong("Give true or false.")
    return value


def part(name: str | int, clean: Cleaner, value: Any) -> Any:
    """Clean what stands under a name or number inside of a value."""
    try:
        return clean(value)
    except Wrong as wrong:
        raise Wrong(wrong.sentence, f".{name}{wrong.path}") from wrong


def each(clean: Cleaner, values: Any, *, least: int, most: int) -> list[Any]:
    """Clean every part of a list that has `least` to `most` of them."""
    if not isinstance(values, list):
        raise Wrong("Give a list.")
    if not least <= len(values) <= most:
        raise Wrong(f"Give {least} to {most} of them.")
    return [part(at, clean, value) for at, value in enumerate(values)]


def require_parts(value: Any, *needed: str, optional: Sequence[str] = ()) -> None:
    if not isinstance(value, dict):
        raise Wrong(f"Give an object with {' and '.join(needed)}.")
    for name in needed:
        if name not in value:
            raise Wrong("This is required.", f".{name}")
    for name in value:
        if name not in (*needed, *optional):
            part(name, _unknown, value[name])


def refuse_repeated(names: Sequence[str], *, path: str = "") -> None:
    for at, name in enumerate(names):
        if name in names[:at]:
            raise Wrong(f"{name} is there twice.", f".{at}{path}")


def _unknown(value: Any) -> Any:
    raise Wrong("This field does not exist or cannot be set.")
