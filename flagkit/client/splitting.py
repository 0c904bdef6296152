"""A large JSON object read member by member, so that no other thread waits while megabytes of it are parsed.

The standard library parses a whole text in one step that holds the interpreter, and builds all of it at once. Here each
value is parsed by itself, checked, and kept as its text.
"""

import json
from collections.abc import Callable

_decode = json.JSONDecoder().raw_decode
_BLANKS = " \t\n\r"
Member = Callable[[str, int], int]  # takes a key and where its value begins, and says where that ends


def read_object(text: str, at: int, member: Member) -> int:
    """Read the object that begins here; where it ends. Raises ValueError and IndexError where the text is no JSON."""
    at = _after(text, at, "{")
    if text[at] == "}":
        return at + 1
    while True:
        key, at = read_value(text, at)
        if not isinstance(key, str):
            raise ValueError(f"a key is missing before {at}")
        at = _skipped(text, member(key, _after(text, at, ":")))
        if text[at] == "}":
            return at + 1
        at = _after(text, at, ",")


def read_value(text: str, at: int) -> tuple[object, int]:
    """The value that begins here, and where it ends. Raises ValueError and RecursionError."""
    found: tuple[object, int] = _decode(text, at)
    return found


def is_end(text: str, at: int) -> bool:
    return not text[at:].strip(_BLANKS)


def _after(text: str, at: int, mark: str) -> int:
    """The place after this mark, and after blanks that follow it."""
    at = _skipped(text, at)
    if text[at] != mark:
        raise ValueError(f"{mark} is missing at {at}")
    return _skipped(text, at + 1)


def _skipped(text: str, at: int) -> int:
    while text[at] in _BLANKS:
        at += 1
    return at
