"""What the demo's shop wants to find out: an experiment that runs on its own, one on a flag, a draft; and metrics."""

from dataclasses import dataclass, field
from typing import Any

from flagplatform.demo.shop import DANA, SAM


@dataclass(frozen=True, slots=True)
class Trial:
    """An experiment to make; `layer` is made before it, `metrics` are keys with their roles."""

    owner: str
    fields: dict[str, Any]
    environment: str = "production"
    layer: dict[str, Any] = field(default_factory=dict)
    is_running: bool = True
    metrics: tuple[tuple[str, str], ...] = ()


def given(*ranges: tuple[str, int, int]) -> list[dict[str, Any]]:
    """Allocations: a variant with its first and last bucket, each."""
    return [{"variant_key": key, "range_start": first, "range_end": last} for key, first, last in ranges]


METRICS: tuple[dict[str, Any], ...] = (
    {
        "key": "order-placed",
        "name": "Orders",
        "description": "Whether somebody orders at all within a week.",
        "kind": "binomial",
        "event": "order_paid",
        "tags": ["basket"],
        "minimum_effect": 0.05,
    },
    {
        "key": "revenue-per-user",
        "name": "Revenue",
        "description": "What somebody pays within a week, vouchers taken off.",
        "kind": "mean",
        "event": "order_paid",
        "aggregation": "sum",
        "cap": 0.999,
        "tags": ["basket"],
        "minimum_effect": 0.05,
        "margin": 0.02,
    },
    {
        "key": "page-load-time",
        "name": "Slow pages",
        "description": "In seconds, as the browser measures it.",
        "kind": "quantile",
        "event": "page_loaded",
        "quantile": 0.95,
        "window_hours": 24,
        "direction": "down",
        "tags": ["speed"],
        "margin": 0.05,
    },
)
TRIALS = (
    Trial(
        DANA,
        {
            "key": "free-delivery",
            "name": "Free delivery from which sum on?",
            "hypothesis": "With free delivery from 30 on, more baskets are paid for, and the postage pays for itself.",
            "tags": ["pricing", "basket"],
            "layer": "prices",
            "layer_share": 5000,
            "targeting_rules": [
                {
                    "id": "eurozone",
                    "name": "Euro countries",
                    "conditions": [{"attribute": "country", "operator": "in", "value": ["DE", "AT", "IT"]}],
                }
            ],
            "variants": [
                {"key": "from-50", "name": "As it is", "payload": {"free_from": 50}},
                {"key": "from-30", "name": "Lower", "payload": {"free_from": 30}},
                {"key": "from-80", "name": "Higher", "payload": {"free_from": 80}},
            ],
            "allocations": given(("from-50", 0, 3399), ("from-30", 3400, 6699), ("from-80", 6700, 9999)),
        },
        metrics=(("order-placed", "goal"), ("revenue-per-user", "guardrail")),
        layer={"key": "prices", "name": "Prices and postage", "description": "Nobody sees two of these at once."},
    ),
    Trial(
        SAM,
        {
            "key": "magazine-home-page",
            "name": "Does the magazine sell?",
            "hypothesis": "Visitors who see the magazine stay longer, and look at more products.",
            "tags": ["home"],
            "flag": "home-page-layout",
            "variants": [{"key": "classic", "name": "As it is"}, {"key": "magazine", "name": "Stories first"}],
            "allocations": given(("classic", 0, 999), ("magazine", 1000, 1999)),
        },
        metrics=(("revenue-per-user", "goal"), ("page-load-time", "guardrail")),
    ),
    Trial(
        SAM,
        {
            "key": "search-hints",
            "name": "Hints below the search field",
            "hypothesis": "Examples of what can be searched for lead to fewer searches without a result.",
            "tags": ["search"],
            "variants": [
                {"key": "control", "payload": {"hints": []}},
                {"key": "hints", "payload": {"hints": ["red shoes", "size 42"]}},
            ],
            "allocations": given(("control", 0, 4999), ("hints", 5000, 9999)),
        },
        environment="staging",
        is_running=False,
    ),
)
