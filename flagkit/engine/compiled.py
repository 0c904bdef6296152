"""A flag that was compiled, beside the document it was made from."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from flagkit.engine.documents import BrokenDocument
from flagkit.engine.flags import build_flag
from flagkit.engine.flat import BY_MODEL, FlatFlag, Pool, constant, flatten
from flagkit.engine.model import Flag
from flagkit.engine.outcome import broken

Source = Mapping[str, Any] | str | bytes | None


class CompiledFlag(NamedTuple):
    """A flag that was prepared at load: its short form, its model where that decides, and the document of both."""

    flat: FlatFlag
    model: Flag | None
    source: Source


Given = CompiledFlag | Mapping[str, Any] | str | bytes  # a flag that a ruleset takes: compiled, or to be compiled


def compile_flag(document: Mapping[str, Any] | str | bytes, pool: Pool | None = None) -> CompiledFlag:
    """Compile one flag, given as a document or as its JSON. Raises BrokenDocument where it cannot answer.

    What is given is kept: JSON takes a tenth of the memory of what it stands for.
    """
    flag = build_flag(parsed(document))
    flat = flatten(flag, {} if pool is None else pool)
    return CompiledFlag(flat, flag if flat is BY_MODEL else None, document)


def broken_flag(key: str, why: str) -> CompiledFlag:
    """A flag that answers with the caller's default and says what is wrong with it."""
    return CompiledFlag(constant(broken(key, why)), None, None)


def parsed(document: Mapping[str, Any] | str | bytes) -> Mapping[str, Any]:
    """The document of some JSON. Raises BrokenDocument where it is none."""
    if not isinstance(document, (str, bytes)):
        return document
    from json import loads  # not every program hands in text, and json is dear to import

    try:
        found = loads(document)
    except (ValueError, RecursionError) as error:
        raise BrokenDocument("the document is not JSON") from error
    if not isinstance(found, dict):
        raise BrokenDocument("the document is not an object")
    return found
