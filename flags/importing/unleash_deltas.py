"""What the delta events of Unleash add up to."""

from collections.abc import Mapping
from typing import Any


def hydrated(export: Mapping[str, Any]) -> Mapping[str, Any]:
    """The features and segments that delta events add up to; any other export as it is."""
    if "events" not in export:
        return export
    features: dict[Any, Mapping[str, Any]] = {}
    segments: dict[Any, Mapping[str, Any]] = {}
    for event in export["events"]:
        match event["type"]:
            case "hydration":
                features = {feature["name"]: feature for feature in event["features"]}
                segments = {segment["id"]: segment for segment in event.get("segments") or ()}
            case "feature-updated":
                features[event["feature"]["name"]] = event["feature"]
            case "feature-removed":
                features.pop(event["featureName"], None)
            case "segment-updated":
                segments[event["segment"]["id"]] = event["segment"]
            case "segment-removed":
                segments.pop(event["segmentId"], None)
    return {"features": list(features.values()), "segments": list(segments.values())}
