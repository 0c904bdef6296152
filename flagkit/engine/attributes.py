"""How a condition or a split finds its attribute in a context.

A name with dots is looked up as it stands first, then as a path: `plan.tier` is `attributes["plan.tier"]`, else
`attributes["plan"]["tier"]`, and so on at each level. An attribute that is null counts as missing. `targeting_key` and
`now` are read from the context itself.
"""

from collections.abc import Callable, Mapping
from typing import Any

from flagkit.engine.context import Context

TARGETING_KEY = "targeting_key"
NOW = "now"
_LARGEST_BITS = 10_000  # Python refuses to write numbers of more than 4,300 digits

Reader = Callable[[Context], Any]


def reader(name: str) -> Reader:
    """What reads this attribute: its value, or None where it is missing."""
    if name == TARGETING_KEY:
        return lambda context: context.key
    if name == NOW:
        return lambda context: context.now
    if "." in name:
        return lambda context: _at(context.attributes, name)
    return lambda context: context.attributes.get(name)


def is_plain(name: str) -> bool:
    """Whether the attribute is nothing but `attributes[name]`."""
    return name not in (TARGETING_KEY, NOW) and "." not in name


def id_reader(names: tuple[str, ...]) -> Callable[[Context], bytes | None]:
    """What reads the bucketed id, as UTF-8: the first of these attributes that has one; the targeting key for ()."""
    if names in ((), (TARGETING_KEY,)):
        return lambda context: context.key_bytes
    readers = [reader(name) for name in names]

    def read(context: Context) -> bytes | None:
        for each in readers:
            written = as_text(each(context))
            if written is not None:
                return written.encode("utf-8", "surrogatepass")
        return None

    return read


def as_text(value: object) -> str | None:
    """Text as it stands, a number or a boolean as JSON writes it (1.0 as 1), None for anything else."""
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if not isinstance(value, int) or value.bit_length() > _LARGEST_BITS:
        return None
    return str(value)


def _at(attributes: Mapping[str, Any], path: str) -> Any:
    found = attributes.get(path)
    head, dot, rest = path.partition(".")
    if found is not None or not dot:
        return found
    inner = attributes.get(head)
    return _at(inner, rest) if isinstance(inner, Mapping) else None
