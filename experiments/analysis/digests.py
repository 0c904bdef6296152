"""Which events these are, in one short text: the same in any order and however they are bundled."""

from collections.abc import Iterable
from functools import reduce

import duckdb
import pyarrow as pa

from experiments.analysis.schema import Table

NOTHING = "0-0000000000000000"
_WHOLE = 1 << 64
_BITS = 16  # hexadecimal digits of each row's hash that are summed up

# Each text with its length before it, so that no two rows are written alike; numbers to their last bit.
_NAMES = {Table.EXPOSURES: ("experiment", "flag", "variant"), Table.METRICS: ("name",)}
_VALUE = {Table.EXPOSURES: "''", Table.METRICS: "coalesce(format('{:a}', value), '')"}


def digest_of_rows(rows: pa.Table, table: str) -> str:
    """Of Arrow rows with the columns of the table."""
    with duckdb.connect() as connection:
        return digest_of(connection.from_arrow(rows), table)


def digest_of(rows: duckdb.DuckDBPyRelation, table: str) -> str:
    """How many rows there are, and a sum over their hashes."""
    texts = ("event_id", *_NAMES[Table(table)], "user_key", "attributes")
    written = ", ".join(f"length({text}), {text}" for text in texts)
    row = f"""concat_ws(':', epoch_us("at"), {_VALUE[Table(table)]}, {written})"""
    summed = f"sum(('0x' || left(md5({row}), {_BITS}))::UBIGINT)"
    found = rows.aggregate(f"count(*), (coalesce({summed}, 0) % {_WHOLE}::HUGEINT)::UBIGINT").fetchall()
    return _written(*found[0])


def add_up(digests: Iterable[str]) -> str:
    """The digest of all of their rows together."""
    return reduce(_add, digests, NOTHING)


def rows_in(digest: str) -> int:
    return int(digest.partition("-")[0])


def _add(one: str, other: str) -> str:
    pairs = [digest.partition("-") for digest in (one, other)]
    return _written(sum(int(rows) for rows, _, _ in pairs), sum(int(hashed, 16) for _, _, hashed in pairs))


def _written(rows: int, hashed: int) -> str:
    return f"{rows}-{hashed % _WHOLE:016x}"
