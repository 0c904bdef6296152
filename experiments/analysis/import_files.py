"""Rows of a CSV or Parquet file, one after the other, each with its number and what stands in its columns."""

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from experiments.events.items import Rejected

Cells = Mapping[str, Any]
Row = tuple[int, Cells | Rejected]  # line of a CSV file or row of a Parquet file, counted from 1
_BATCH = 10_000
_LONGEST_CELL = 1024 * 1024
_MORE = "\0"  # what cells without a column are called; no column can be called so
PARQUET = (".parquet", ".pq")


class Unreadable(Exception):
    """The file as a whole cannot be read."""


def read_rows(file: Path, *, names: Mapping[str, str]) -> Iterator[Row]:
    """The rows; columns that `names` renames are called by their other name. Cells without anything are left out.

    Raises Unreadable where the file is broken; the rows before that have been given then.
    """
    try:
        yield from (_read_parquet if file.suffix.lower() in PARQUET else _read_csv)(file, names)
    except OSError as error:
        raise Unreadable(f"{file} cannot be read: {error.strerror or error}.") from error
    except (csv.Error, pa.ArrowException, ValueError, OverflowError) as error:
        raise Unreadable(f"{file} cannot be read on: {error}.") from error


def _read_csv(file: Path, names: Mapping[str, str]) -> Iterator[Row]:
    csv.field_size_limit(_LONGEST_CELL)
    with file.open(
        encoding="utf-8-sig", errors="surrogateescape", newline=""
    ) as opened:  # bad text spoils its row alone
        reader = csv.DictReader(opened, restkey=_MORE)
        columns = _named(reader.fieldnames or (), names, file)
        for cells in reader:
            yield reader.line_num, _csv_cells(cells, columns)


def _csv_cells(cells: Mapping[str, Any], columns: Mapping[str, str]) -> Cells | Rejected:
    if _MORE in cells:
        return Rejected("columns", f"The row has more cells than there are columns, which are {len(columns)}.")
    return {columns[column]: cell for column, cell in cells.items() if cell}


def _read_parquet(file: Path, names: Mapping[str, str]) -> Iterator[Row]:
    with pq.ParquetFile(file) as opened:
        columns = _named(opened.schema_arrow.names, names, file)
        number = 0
        for batch in opened.iter_batches(_BATCH):
            for cells in batch.to_pylist():
                number += 1
                yield number, {columns[column]: cell for column, cell in cells.items() if cell is not None}


def _named(columns: Any, names: Mapping[str, str], file: Path) -> dict[str, str]:
    """What each column is called in an event."""
    if unknown := sorted(names.keys() - set(columns)):
        raise Unreadable(f"{file} has no column {unknown[0]}. Its columns are {', '.join(columns)}.")
    named = {column: names.get(column, column) for column in columns}
    if len(set(named.values())) < len(columns):
        raise Unreadable(f"Two columns of {file} have the same name. Rename one of them with --map.")
    return named
