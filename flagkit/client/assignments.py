"""Which variants a user has in the running experiments: what `/api/decide` answers, without asking."""

import copy
from collections.abc import Collection, Mapping
from datetime import UTC, datetime
from typing import Any, TypedDict

from flagkit.client.configuration import Configuration
from flagkit.engine import Context


class Assignment(TypedDict):
    """A user's variant in one experiment."""

    experiment_key: str
    experiment_id: str
    variant_key: str
    variant_id: str
    payload: dict[str, Any]


def assignments(
    standing: Configuration,
    user_key: str | int,
    attributes: Mapping[str, Any] | None,
    experiments: Collection[str] | None,
) -> list[Assignment]:
    """In the order of the experiments' keys; the caller's own. Raises ValueError for a key that UTF-8 cannot carry."""
    key = str(user_key) if type(user_key) is int else user_key
    if not isinstance(key, str) or not key:
        return []
    context = Context(key, attributes, datetime.now(UTC))
    only = None if experiments is None else frozenset(experiments)
    return copy.deepcopy(standing.running.assignments(context, standing.ruleset, only))
