"""The JSON schemas of what experiments hold, as the API's description shows them."""

from experiments.models import Experiment
from flagkit.engine.algorithms import names
from flagkit.engine.experiments import BUCKETS
from flags.json_shapes import TEXT, Shape
from flags.serves import MAX_VARIANTS

BUCKET: Shape = {"type": "integer", "minimum": 0, "maximum": BUCKETS - 1}
SHARE: Shape = {"type": "integer", "nullable": True, "minimum": 0, "maximum": BUCKETS, "description": "In buckets."}
RANGES: Shape = {
    "type": "array",
    "description": "Both ends are included.",
    "items": {"type": "array", "items": BUCKET, "minItems": 2, "maxItems": 2},
    "example": [[0, 4999]],
}
PERCENT: Shape = {"type": "number", "minimum": 0, "maximum": 100, "multipleOf": 0.01}
STATUS: Shape = {"type": "string", "enum": Experiment.Status.values}
ALGORITHM: Shape = {"type": "string", "enum": sorted(names())}
SALT: Shape = {"type": "string", "description": "Drawn at random where none is given; fixed once it has started."}
PAYLOAD: Shape = {"type": "object", "example": {"color": "#00cc66"}}
NAME_OR_NOTHING: Shape = {"type": "string", "nullable": True, "description": "Key or id."}
NEW_VARIANT: Shape = {
    "type": "object",
    "required": ["key"],
    "properties": {"key": TEXT, "name": TEXT, "payload": PAYLOAD},
}
CHANGED_VARIANT: Shape = {
    "type": "object",
    "properties": {"id": {**TEXT, "description": "Key or id; the key names it where there is none."}}
    | {"key": TEXT, "name": TEXT, "payload": PAYLOAD},
}
ALLOCATION: Shape = {
    "type": "object",
    "required": ["range_start", "range_end"],
    "properties": {"variant_id": TEXT, "variant_key": TEXT, "range_start": BUCKET, "range_end": BUCKET},
}
NEW_VARIANTS: Shape = {"type": "array", "maxItems": MAX_VARIANTS, "items": NEW_VARIANT}
CHANGED_VARIANTS: Shape = {"type": "array", "maxItems": MAX_VARIANTS, "items": CHANGED_VARIANT}
NAMED_VARIANTS: Shape = {"type": "array", "maxItems": MAX_VARIANTS, "items": {**TEXT, "description": "Key or id."}}
ALLOCATIONS: Shape = {
    "type": "array",
    "description": "Ranges do not overlap; buckets that none names have no variant.",
    "items": ALLOCATION,
}
PASSAGE: Shape = {
    "type": "object",
    "nullable": True,
    "properties": {
        "key": TEXT,
        "bucket": {"type": "number", "nullable": True},
        "passed": {"type": "boolean", "nullable": True, "description": "null: it was not asked."},
    },
}
