"""How the parts of a document are read: what is missing or of the wrong form is said in a sentence."""

from collections.abc import Mapping, Sequence
from typing import Any


class BrokenDocument(ValueError):
    """The document does not describe something that could answer."""


def text(document: Mapping[str, Any], name: str) -> str:
    """The text under this name, not empty."""
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise BrokenDocument(f"{name} has to be text, not {shown(value)}")
    return value


def sequence(document: Mapping[str, Any], name: str) -> Sequence[Any]:
    """The list under this name; empty where it is missing."""
    value = document.get(name, ())
    if not isinstance(value, (list, tuple)):
        raise BrokenDocument(f"{name} has to be a list, not {shown(value)}")
    return value


def mapping(value: object, name: str) -> Mapping[str, Any]:
    """The value, which has to be an object."""
    if not isinstance(value, Mapping):
        raise BrokenDocument(f"{name} has to be an object, not {shown(value)}")
    return value


def flag_of(document: Mapping[str, Any], name: str) -> bool:
    """The true or false under this name; false where it is missing."""
    value = document.get(name, False)
    if not isinstance(value, bool):
        raise BrokenDocument(f"{name} has to be true or false, not {shown(value)}")
    return value


def only(document: Mapping[str, Any], names: frozenset[str], what: str) -> None:
    """Refuse a field that nobody would read: it is a misspelt one."""
    for name in document:
        if name not in names:
            raise BrokenDocument(f"{what} has no field {name}; it knows {', '.join(sorted(names))}")


def shown(value: object) -> str:
    """The value as a sentence may carry it: short."""
    written = repr(value)
    return written if len(written) <= 60 else f"{written[:57]}…"
