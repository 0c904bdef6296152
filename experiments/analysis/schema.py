"""Which columns events have where they are analysed: the same in files, in hot rows and in every engine."""

import ibis
import pyarrow as pa

from experiments.models import EventPart

Table = EventPart.Table
INSTANT = pa.timestamp("us", tz="UTC")

_IDENTITY = [
    ("event_id", pa.string()),
    ("environment_id", pa.string()),
    ("day", pa.date32()),
    ("at", INSTANT),
    ("received_at", INSTANT),
]

EXPOSURES = pa.schema(
    [
        *_IDENTITY,
        ("experiment", pa.string()),  # empty where the exposure is to a flag
        ("flag", pa.string()),  # empty where the exposure is to an experiment
        ("variant", pa.string()),
        ("user_key", pa.string()),
        ("attributes", pa.string()),  # a JSON object, or empty
    ]
)
METRIC_EVENTS = pa.schema(
    [
        *_IDENTITY,
        ("name", pa.string()),
        ("value", pa.float64()),
        ("user_key", pa.string()),
        ("attributes", pa.string()),
    ]
)


def columns_of(table: str) -> pa.Schema:
    """The columns of `exposures` or `metrics`, as Arrow names their types."""
    return EXPOSURES if table == Table.EXPOSURES else METRIC_EVENTS


def typed_columns_of(table: str) -> ibis.Schema:
    """The same as ibis names their types."""
    return ibis.Schema.from_pyarrow(columns_of(table))


def order_of(table: str) -> tuple[str, ...]:
    """What rows of a part are sorted by: one experiment or name, then one unit, lie together."""
    named = ("experiment", "flag") if table == Table.EXPOSURES else ("name",)
    return (*named, "user_key", "at", "event_id")
