"""Events as senders write them."""

from datetime import UTC, datetime
from typing import Any

from experiments.events.instants import micros_of
from experiments.events.items import Item, read_item

NOW = micros_of(datetime(2026, 3, 20, 12, 0, tzinfo=UTC))
SOMEWHERE = "6a0f3a52-0f0e-4a0f-9a0e-3c1f6f1a2b3c"


def exposure(**changes: Any) -> dict[str, Any]:
    given = {"type": "exposure", "experiment": "button-color", "variant": "control", "user_key": "user-1"}
    return {**given, **changes}


def purchase(**changes: Any) -> dict[str, Any]:
    return {"type": "metric", "name": "purchase", "value": 12.5, "user_key": "user-1", **changes}


def item(given: Any, *, environment_id: object = SOMEWHERE, now: int = NOW, is_plain: bool = True) -> Item:
    return read_item(given, environment_id=str(environment_id), now=now, is_plain=is_plain)
