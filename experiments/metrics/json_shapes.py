"""The JSON schemas of what metrics and plans hold, as the API's description shows them."""

from experiments.metrics.filters import KNOWN, MAX_CONDITIONS
from experiments.metrics.using import MAX_METRICS
from experiments.metrics.validation import MAX_LOOKBACK, MAX_WINDOW
from experiments.models import AnalysisPlan, ExperimentMetric, Metric
from flags.json_shapes import TEXT, Shape

KIND: Shape = {"type": "string", "enum": Metric.Kind.values}
AGGREGATION: Shape = {
    "type": "string",
    "enum": Metric.Aggregation.values,
    "description": "What becomes of the events of one unit. Kinds mean and ratio.",
}
DIRECTION: Shape = {"type": "string", "enum": Metric.Direction.values, "description": "Which way is good."}
FILTER: Shape = {
    "type": "array",
    "maxItems": MAX_CONDITIONS,
    "description": "All of them hold for the events that count; `$value` is the event's own value.",
    "items": {
        "type": "object",
        "required": ["attribute", "operator"],
        "properties": {"attribute": TEXT, "operator": {"type": "string", "enum": list(KNOWN)}, "value": {}},
    },
    "example": [{"attribute": "country", "operator": "in", "value": ["DE", "AT"]}],
}
WINDOW: Shape = {
    "type": "integer",
    "minimum": 1,
    "maximum": MAX_WINDOW,
    "description": "Hours from the first exposure on in which events count.",
}
DELAY: Shape = {
    "type": "integer",
    "minimum": 0,
    "maximum": MAX_WINDOW,
    "description": "Hours after the first exposure at which counting begins. Kind retention.",
}
LOOKBACK: Shape = {
    "type": "integer",
    "minimum": 0,
    "maximum": MAX_LOOKBACK,
    "description": "Hours before the exposure from which the past is taken; 0 for none.",
}
QUANTILE: Shape = {"type": "number", "nullable": True, "description": "Above 0, below 1. Kind quantile."}
CAP: Shape = {
    "type": "number",
    "nullable": True,
    "description": "Share of units whose totals stay as they are, as in 0.999. Kinds count, mean, ratio.",
}
MINIMUM_EFFECT: Shape = {
    "type": "number",
    "nullable": True,
    "description": "The smallest relative effect that is worth finding: 0.02 is 2 %.",
}
MARGIN: Shape = {
    "type": "number",
    "nullable": True,
    "description": "The relative harm that a guardrail still takes: 0.01 is 1 %.",
}
ROLE: Shape = {"type": "string", "enum": ExperimentMetric.Role.values}
USES: Shape = {
    "type": "array",
    "maxItems": MAX_METRICS,
    "description": "In order: the first goal decides.",
    "items": {
        "type": "object",
        "properties": {"metric": {**TEXT, "description": "Key or id."}, "metric_key": TEXT, "metric_id": TEXT}
        | {"role": ROLE},
    },
    "example": [{"metric": "revenue", "role": "goal"}],
}
METHOD: Shape = {"type": "string", "enum": AnalysisPlan.Method.values}
CORRECTION: Shape = {"type": "string", "enum": AnalysisPlan.Correction.values}
SPENDING: Shape = {"type": "string", "enum": AnalysisPlan.Spending.values}
CONFIDENCE: Shape = {"type": "number", "minimum": 0.5, "maximum": 0.999}
WHOLE: Shape = {"type": "integer", "minimum": 1}
WHOLE_OR_NOTHING: Shape = {**WHOLE, "nullable": True}
NUMBER: Shape = {"type": "number"}
SWITCH: Shape = {"type": "boolean"}
NAMES: Shape = {"type": "array", "items": TEXT, "description": "Attributes of exposures."}
