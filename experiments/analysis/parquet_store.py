"""Events in Parquet files of one folder, by table, environment and day: many readers, no lock, read by DuckDB."""

from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import ibis
import pyarrow as pa

from experiments.analysis.parquet_files import ENDINGS, finished
from experiments.analysis.parquet_reading import ParquetReading
from experiments.analysis.schema import order_of
from experiments.models import EventPart

ROW_GROUP = 100_000
_MEMORY = {"analysis": "1500MB", "writing": "500MB"}  # what does not fit goes to disk


class ParquetStore:
    """A part is the file `<table>/environment=<id>/day=<day>/<part id>.parquet`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @contextmanager
    def open(self) -> Iterator[ParquetReading]:
        connection = ibis.duckdb.connect(**self._limits("analysis"))
        try:
            yield ParquetReading(connection, file_of=self.file_of)
        finally:
            connection.disconnect()

    def write(self, environment_id: UUID, table: str, day: date, rows: pa.Table, part_id: UUID) -> None:
        with self._writing() as connection:
            connection.register("rows", rows)
            self._copy(connection, "rows", self._file(table, environment_id, day, part_id), table)

    def merge(self, parts: Sequence[EventPart], part_id: UUID) -> bool:
        one = parts[0]
        file = self._file(one.table, one.environment_id, one.day, part_id)
        with self._writing() as connection:
            files = [str(self.file_of(part)) for part in parts]
            connection.read_parquet(files, hive_partitioning=False).create_view("rows")
            self._copy(connection, "rows", file, one.table)
        return True

    def drop(self, part: EventPart) -> None:
        self.file_of(part).unlink(missing_ok=True)

    def sweep(self, *, before: datetime, named: Collection[UUID]) -> int:
        known = {str(part_id) for part_id in named}
        removed = 0
        for file in self.folder.glob("*/environment=*/day=*/*"):
            is_ours = file.name.endswith(ENDINGS) and file.name.partition(".")[0] not in known
            if is_ours and _is_older(file, before):
                file.unlink(missing_ok=True)
                removed += 1
        return removed

    def file_of(self, part: EventPart) -> Path:
        return self._file(part.table, part.environment_id, part.day, part.pk)

    def _file(self, table: str, environment_id: UUID, day: date, part_id: UUID) -> Path:
        return self.folder / table / f"environment={environment_id}" / f"day={day}" / f"{part_id}.parquet"

    def _copy(self, connection: duckdb.DuckDBPyConnection, relation: str, file: Path, table: str) -> None:
        with finished(file, below=self.folder) as target:
            order = ", ".join(f'"{column}"' for column in order_of(table))
            rows = connection.table(relation).order(order)
            rows.to_parquet(str(target), compression="zstd", row_group_size=ROW_GROUP)

    @contextmanager
    def _writing(self) -> Iterator[duckdb.DuckDBPyConnection]:
        with duckdb.connect(config=self._limits("writing")) as connection:
            yield connection

    def _limits(self, what: str) -> dict[str, Any]:
        self.folder.mkdir(parents=True, exist_ok=True)
        return {"memory_limit": _MEMORY[what], "temp_directory": str(self.folder / "spilled")}


def _is_older(file: Path, before: datetime) -> bool:
    try:
        return file.stat().st_mtime < before.timestamp()
    except FileNotFoundError:
        return False
