"""What callers may say about the subject of an evaluation, and how it becomes the engine's context."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from flagkit.engine import Context

Subject = Context | Mapping[str, Any] | str | None
KEYS = ("targeting_key", "targetingKey")


def context_of(subject: Subject) -> Context:
    """A targeting key alone, attributes with the key among them as `targeting_key`, or a context; now, if not dated.

    Raises ValueError or TypeError for what is none of these.
    """
    if isinstance(subject, Context):
        return subject if subject.now else Context(subject.key, subject.attributes, datetime.now(UTC))
    if subject is None or isinstance(subject, str):
        return Context(subject, None, datetime.now(UTC))
    if not isinstance(subject, Mapping):
        raise TypeError(f"a subject is a targeting key or a mapping of attributes, not {type(subject).__name__}")
    key = next((subject[name] for name in KEYS if subject.get(name) is not None), None)
    if isinstance(key, int) and not isinstance(key, bool):
        key = str(key)
    if not isinstance(key, str | None):
        raise TypeError(f"a targeting key is text, not {type(key).__name__}")
    return Context(key, subject, datetime.now(UTC))
