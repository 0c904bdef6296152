"""A ruleset as text.

The text has one document per line, each a JSON object whose first field is `key`; audiences say `"kind": "audience"`
second. Loading it reads no further than that: a flag is parsed and compiled when it is first asked for.
"""

from collections.abc import Iterable, Mapping
from typing import Any

from flagkit.engine.audiences import Audience, compile_audience
from flagkit.engine.compiled import parsed
from flagkit.engine.ruleset import Ruleset

_HEAD = '{"key":"'
_AUDIENCE = ',"kind":"audience"'


def load(text: str) -> Ruleset:
    """The ruleset of a text. What is broken in it shows when it is asked for, or by `ruleset.broken()`."""
    flags: dict[str, str] = {}
    audiences: dict[str, Audience] = {}
    for line in text.split("\n"):
        if not line:
            continue
        key = _key(line)
        if line.startswith(_AUDIENCE, len(_HEAD) + len(key) + 1):
            audiences[key] = compile_audience(parsed(line))
        else:
            flags[key] = line
    return Ruleset(flags, audiences)


def dump(documents: Iterable[Mapping[str, Any]]) -> str:
    """The text of these documents."""
    return "".join(f"{_line(document)}\n" for document in documents)


def _line(document: Mapping[str, Any]) -> str:
    from json import dumps  # only who writes text pays for the import

    first = {name: document[name] for name in ("key", "kind") if name in document}
    return dumps({**first, **document}, separators=(",", ":"), ensure_ascii=False)


def _key(line: str) -> str:
    """The document's key, without parsing the rest of it."""
    end = line.find('"', len(_HEAD))
    key = line[len(_HEAD) : end]
    if line.startswith(_HEAD) and end > 0 and "\\" not in key:
        return key
    return str(parsed(line).get("key"))
