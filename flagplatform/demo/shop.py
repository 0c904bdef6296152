"""What the demo's shop has: its people, and a dozen flags of every shape in three environments."""

from dataclasses import dataclass
from typing import Any

SHOWN = "new-checkout"  # the flag that ./start and the README ask about

DANA, SAM = "dana@example.com", "sam@example.com"
PEOPLE = {
    DANA: {"name": "Dana Ito", "role": "developer"},
    SAM: {"name": "Sam Okafor", "role": "developer"},
}

OFF: dict[str, Any] = {}
ON: dict[str, Any] = {"is_enabled": True}


def share(percentage: float) -> dict[str, Any]:
    return {"is_enabled": True, "rollout_percentage": percentage}


def serves(variant: str) -> dict[str, Any]:
    return {"is_enabled": True, "serve": {"variant": variant}}


def splits(**weights: float) -> dict[str, Any]:
    arms = [{"variant": variant, "weight": weight} for variant, weight in weights.items()]
    return {"is_enabled": True, "serve": {"split": arms}}


@dataclass(frozen=True, slots=True)
class Blueprint:
    """A flag to make: what it is, and what it does in each environment (none: off)."""

    key: str
    owner: str
    definition: dict[str, Any]
    configs: dict[str, dict[str, Any]]
    is_archived: bool = False


def everywhere(config: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return stages(config, config, config)


def stages(
    development: dict[str, Any], staging: dict[str, Any], production: dict[str, Any]
) -> dict[str, dict[str, Any]]:
    return {"development": development, "staging": staging, "production": production}


def variants(**values: Any) -> list[dict[str, Any]]:
    return [{"key": key, "value": value} for key, value in values.items()]


FLAGS = (
    Blueprint(
        SHOWN,
        DANA,
        {
            "name": "One-page checkout",
            "description": "Address, delivery and payment on one page instead of three.",
            "flag_type": "percentage",
            "tags": ["checkout", "web"],
            "is_client_visible": True,
        },
        stages(share(100), share(100), share(30)),
    ),
    Blueprint(
        "search-suggestions",
        SAM,
        {
            "name": "Search suggestions",
            "description": "Shows products while the customer still types. Watch the search cluster's load.",
            "flag_type": "percentage",
            "tags": ["search"],
        },
        stages(share(100), share(50), share(5)),
    ),
    Blueprint(
        "product-videos",
        SAM,
        {
            "name": "Product videos",
            "description": "Plays a short film on the product page. Out to everybody: the flag can be removed.",
            "flag_type": "percentage",
            "tags": ["product-page", "cleanup"],
        },
        everywhere(share(100)),
    ),
    Blueprint(
        "card-payments",
        DANA,
        {
            "name": "Card payments",
            "description": "Turn off when the card processor is down: checkout then offers invoice and transfer.",
            "tags": ["checkout", "payments"],
            "purpose": "kill_switch",
            "is_temporary": False,
        },
        everywhere(ON),
    ),
    Blueprint(
        "gift-wrapping",
        DANA,
        {
            "name": "Gift wrapping",
            "description": "Offers wrapping and a card in the basket. Waits for the warehouse.",
            "tags": ["basket"],
        },
        stages(ON, ON, OFF),
    ),
    Blueprint(
        "buy-button-colour",
        SAM,
        {
            "name": "Colour of the buy button",
            "description": "Which colour do customers press more often?",
            "flag_type": "string",
            "variants": variants(blue="#0b57d0", green="#1b7f3b", orange="#c75300"),
            "tags": ["product-page", "web"],
            "purpose": "experiment",
            "is_client_visible": True,
        },
        stages(serves("green"), splits(blue=34, green=33, orange=33), splits(blue=50, green=25, orange=25)),
    ),
    Blueprint(
        "home-page-layout",
        SAM,
        {
            "name": "Layout of the home page",
            "description": "Which of the layouts visitors get.",
            "flag_type": "string",
            "variants": variants(classic="classic", magazine="magazine"),
            "tags": ["home", "web"],
            "is_client_visible": True,
        },
        stages(serves("magazine"), serves("magazine"), serves("classic")),
    ),
    Blueprint(
        "results-per-page",
        SAM,
        {
            "name": "Search results per page",
            "description": "How many products a page of search results holds.",
            "flag_type": "number",
            "variants": variants(few=24, many=48),
            "tags": ["search"],
            "purpose": "operations",
            "is_temporary": False,
        },
        stages(serves("many"), splits(few=50, many=50), serves("few")),
    ),
    Blueprint(
        "recommendations",
        SAM,
        {
            "name": "Recommendations",
            "description": "Which model recommends products, and how.",
            "flag_type": "object",
            "variants": variants(
                baseline={"model": "bestsellers", "count": 4, "places": {"basket": False, "product": True}},
                personal={"model": "personal-2", "count": 8, "places": {"basket": True, "product": True}},
            ),
            "tags": ["home", "product-page"],
            "purpose": "operations",
            "is_temporary": False,
        },
        stages(serves("personal"), serves("personal"), splits(baseline=80, personal=20)),
    ),
    Blueprint(
        "business-prices",
        DANA,
        {
            "name": "Prices for businesses",
            "description": "Net prices and orders on account, for customers with a business contract.",
            "tags": ["pricing", "contracts"],
            "purpose": "permission",
            "is_temporary": False,
        },
        stages(ON, ON, OFF),
    ),
    Blueprint(
        "summer-sale-banner",
        DANA,
        {
            "name": "Banner of the summer sale",
            "description": "The sale is over; nobody has switched the banner off in staging.",
            "tags": ["home", "cleanup"],
        },
        stages(ON, ON, OFF),
    ),
    Blueprint(
        "old-basket",
        DANA,
        {
            "name": "The basket before the new one",
            "description": "Kept the old basket as a way back. The new one has been out for long enough.",
            "tags": ["basket"],
        },
        everywhere(OFF),
        is_archived=True,
    ),
)
