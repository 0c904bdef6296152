"""Requests full of events that cost next to nothing to make: a text made once, in which only the ids change."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import count

SETUP = """
from accounts.api_keys import issue_key
from accounts.changes import change
from accounts.models import Environment, User
from experiments.allocations import replace_allocations
from experiments.life_cycle import move
from experiments.models import Metric
from experiments.services import create_experiment
from experiments.variants import add_variant
from flags.services import create_flag

alice, staging = User.objects.get(), Environment.objects.get(key="staging")
on = {"is_enabled": True, "rollout_percentage": 30}
create_flag(staging.project, key="checkout", flag_type="percentage", config=on, by=alice, environment=staging)
experiment = create_experiment(staging, by=alice, key="button")
for variant in ("control", "red"):
    add_variant(experiment, by=alice, key=variant, payload={"color": variant})
halves = [
    {"variant_key": "control", "range_start": 0, "range_end": 4999},
    {"variant_key": "red", "range_start": 5000, "range_end": 9999},
]
replace_allocations(experiment, halves, by=alice)
move(experiment, "RUNNING", by=alice)
with change(by=alice):
    Metric.objects.create(project=staging.project, key="revenue", kind="mean", event="bought")
print("KEY", issue_key(staging, by=alice, kind="server", name="benchmark")[1])
"""
DAYS = 5  # over which events are spread, as late ones are
_NUMBER = "########"


class Bodies:
    """Bodies of `size` events each. The same number gives the same body, so that it can be sent again."""

    def __init__(self, size: int, *, mark: str, now: datetime) -> None:
        self.size, self._mark = size, mark
        events = [self._event(n, now) for n in range(size)]
        self._text = json.dumps({"events": events}, separators=(",", ":")).encode()

    def body(self, number: int) -> bytes:
        return self._text.replace(_NUMBER.encode(), b"%08x" % number)

    def ids(self, number: int) -> list[str]:
        """Of the events in the body."""
        return [f"{self._mark}-{number:08x}-{n}" for n in range(self.size)]

    def __iter__(self) -> Iterator[bytes]:
        return map(self.body, count())

    def _event(self, n: int, now: datetime) -> dict[str, object]:
        common = {
            "event_id": f"{self._mark}-{_NUMBER}-{n}",
            "user_key": f"user-{_NUMBER}-{n // 2}",
            "timestamp": (now - timedelta(days=n % DAYS, seconds=n)).isoformat(),
            "attributes": {"country": "DE", "plan": "pro"},
        }
        if n % 2:
            return {"type": "metric", "name": "bought", "value": 12.5 + n, **common}
        return {"type": "exposure", "experiment": "button", "variant": "red" if n % 4 else "control", **common}


def now() -> datetime:
    return datetime.now(UTC)
