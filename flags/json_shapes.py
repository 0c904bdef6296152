"""The JSON schemas of what flags hold, as the API's description shows them."""

from typing import Any

from flags.models import Flag
from flags.rules import MAX_KEYS, MAX_PREREQUISITES, MAX_RULES
from flags.serves import MAX_VARIANTS, STEP
from flags.validation import MAX_TAGS

Shape = dict[str, Any]

TEXT: Shape = {"type": "string"}
SWITCH: Shape = {"type": "boolean"}
TYPE: Shape = {"type": "string", "enum": Flag.Type.values}
TYPE_TOO: Shape = {"type": "string", "description": "Another name of flag_type."}
PURPOSE: Shape = {"type": "string", "enum": Flag.Purpose.values}
PERCENT: Shape = {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": float(STEP)}
OWNER: Shape = {"type": "string", "nullable": True, "description": "E-mail or id of a user."}
TAGS: Shape = {"type": "array", "maxItems": MAX_TAGS, "items": TEXT}
VARIANT: Shape = {
    "type": "object",
    "required": ["key", "value"],
    "properties": {"key": TEXT, "value": {"description": "Of the flag's type."}, "name": TEXT},
}
VARIANTS: Shape = {"type": "array", "minItems": 1, "maxItems": MAX_VARIANTS, "items": VARIANT}
RANGES: Shape = {"type": "array", "items": {"type": "array", "items": {"type": "integer"}}}
ARM: Shape = {
    "type": "object",
    "required": ["variant", "weight"],
    "properties": {
        "variant": TEXT,
        "weight": PERCENT,
        "ranges": {**RANGES, "description": "Its buckets of 0 to 100,000; given by the server, ignored on input."},
    },
}
SPLIT: Shape = {
    "description": "Arms whose weights sum to 100, or the engine's own form with salt and ranges.",
    "oneOf": [{"type": "array", "maxItems": MAX_VARIANTS, "items": ARM}, {"type": "object"}],
}
SERVE: Shape = {
    "type": "object",
    "description": "One of variant, off, split and rollout. {} stands for a flag's first variant.",
    "properties": {"variant": TEXT, "off": SWITCH, "split": SPLIT, "rollout": {"type": "object"}},
}
CONDITION: Shape = {
    "type": "object",
    "description": "One about an attribute, or a group: all, any, none, not.",
    "properties": {"attribute": TEXT, "operator": TEXT, "value": {}},
    "example": {"attribute": "country", "operator": "in", "value": ["US", "CA"]},
}
AUDIENCE_RULE: Shape = {
    "type": "object",
    "properties": {
        "id": {**TEXT, "description": "Given by the server where it is missing; stays."},
        "name": TEXT,
        "when": CONDITION,
        "conditions": {"type": "array", "description": "All have to hold; instead of when.", "items": CONDITION},
    },
}
RULE: Shape = {
    "type": "object",
    "required": ["serve"],
    "properties": {
        **AUDIENCE_RULE["properties"],
        "description": TEXT,
        "serve": SERVE,
        "rollout_percentage": {**PERCENT, "description": "The share of those who match that the rule is for."},
        "gates": {"type": "array", "items": {"type": "object"}},
        "on_gate_miss": {"type": "string", "enum": ["next", "default", "off"]},
        "active_from": {**TEXT, "format": "date-time"},
        "active_until": {**TEXT, "format": "date-time"},
    },
}
TARGET: Shape = {
    "type": "object",
    "required": ["variant", "keys"],
    "properties": {"variant": TEXT, "keys": {"type": "array", "items": TEXT}, "by": TEXT},
}
PREREQUISITE: Shape = {
    "type": "object",
    "required": ["flag"],
    "properties": {"flag": TEXT, "variants": {"type": "array", "items": TEXT}, "enabled": SWITCH},
}
RULES: Shape = {"type": "array", "maxItems": MAX_RULES, "items": RULE}
AUDIENCE_RULES: Shape = {"type": "array", "maxItems": MAX_RULES, "items": AUDIENCE_RULE}
TARGETS: Shape = {"type": "array", "items": TARGET}
PREREQUISITES: Shape = {"type": "array", "maxItems": MAX_PREREQUISITES, "items": PREREQUISITE}
KEYS: Shape = {"type": "array", "maxItems": MAX_KEYS, "items": TEXT}
WARNING: Shape = {
    "type": "object",
    "properties": {"code": TEXT, "sentence": TEXT, "rule": {**TEXT, "nullable": True}},
}
WARNINGS: Shape = {"type": "array", "items": WARNING}
ECHO: Shape = {"description": "As it was read; it cannot be set."}
