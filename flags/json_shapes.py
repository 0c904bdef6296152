"""The JSON schemas of what flags hold, as the API's description shows them."""

from typing import Any

from flags.models import Flag
from flags.validation import MAX_TAGS, MAX_VARIANTS, STEP

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
ARM: Shape = {"type": "object", "required": ["variant", "weight"], "properties": {"variant": TEXT, "weight": PERCENT}}
SERVE: Shape = {
    "type": "object",
    "description": "A variant, or a split whose weights sum to 100, or {} for the first variant.",
    "properties": {"variant": TEXT, "split": {"type": "array", "items": ARM}},
}
ECHO: Shape = {"description": "As it was read; it cannot be set."}
