"""What the tables of an Unleash export, which is of one environment, say about each of its features."""

from collections.abc import Mapping
from typing import Any


def gathered(export: Mapping[str, Any]) -> dict[str, Any]:
    """The features with their strategies, variants and dependencies, and the segments.

    Archived features are left out. An export names its segments without saying who is in them, but for some editions.
    """
    features = {
        feature["name"]: {**feature, "enabled": False, "strategies": []}
        for feature in export.get("features", ())
        if not feature.get("archived")
    }
    for strategy in sorted(export.get("featureStrategies", ()), key=_place):
        if strategy["featureName"] in features:
            features[strategy["featureName"]]["strategies"].append(strategy)
    for row in export.get("featureEnvironments", ()):
        if row["featureName"] in features:
            features[row["featureName"]] |= {"enabled": row["enabled"], "variants": row.get("variants")}
    for row in export.get("dependencies", ()):
        if row["feature"] in features:
            features[row["feature"]]["dependencies"] = row["dependencies"]
    return {"features": list(features.values()), "segments": export.get("segments", [])}


def _place(strategy: Mapping[str, Any]) -> float:
    order = strategy.get("sortOrder")
    return order if isinstance(order, int | float) else 0
