"""JSON as people type it and read it."""

import json
from typing import Any


class NotJson(ValueError):
    """What was typed is not JSON; the sentence says where it stops being so."""


def read_json(text: str) -> Any:
    """Raises NotJson."""
    try:
        return json.loads(text, parse_constant=_no_constant, object_pairs_hook=_once)
    except json.JSONDecodeError as error:
        raise NotJson(f"This is not JSON: line {error.lineno}, column {error.colno}: {error.msg}.") from error
    except RecursionError as error:
        raise NotJson("This JSON is nested too deeply.") from error


def written(value: Any) -> str:
    """The value over several lines, as people edit it."""
    return json.dumps(value, ensure_ascii=False, indent=2)


def _no_constant(name: str) -> Any:
    raise NotJson(f"{name} is not JSON.")


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise NotJson(f"{twice} is there twice in one object.")
    return found
