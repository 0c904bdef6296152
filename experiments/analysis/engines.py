"""What runs the sums: an engine that a store has opened, and tables in it that last as long as one question."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import NamedTuple
from uuid import uuid4

import ibis
from ibis.backends import BaseBackend

from experiments.analysis.dialects import DIALECTS, Dialect, Expression
from experiments.analysis.parquet_files import finished

_QUANTILE = {  # both interpolate between the two nearest values
    "duckdb": "quantile_cont({column}, {level}) FILTER (WHERE {where})",
    "clickhouse": "quantileExactInclusiveIf({level})({column}, {where})",
}


class Level(NamedTuple):
    """The quantile of a column, over the units of all variants or of one."""

    column: str
    level: float
    place: int | None = None

    @property
    def where(self) -> str:
        return "variant >= 0" if self.place is None else f"variant = {self.place}"


class Engine:
    """Keeps what several questions are asked of, so that rows are read and joined once."""

    def __init__(self, connection: BaseBackend) -> None:
        self.connection = connection
        self.dialect: Dialect = DIALECTS[connection.name]
        self._kept: dict[str, None] = {}
        self._prefix = f"kept_{uuid4().hex[:12]}"
        self._numbers = count()

    def keep(self, rows: Expression) -> Expression:
        """A table with these rows."""
        name = f"{self._prefix}_{next(self._numbers)}"
        where = {"temp": True} if self.dialect.name == "duckdb" else {"engine": "Memory"}
        kept = self.connection.create_table(name, rows, **where)
        self._kept[kept.get_name()] = None
        return kept

    def numbered(self, units: Expression) -> Expression:
        """Kept with a number each, which joins and groups more cheaply than a text."""
        if self.dialect.name != "duckdb":
            return self.keep(units.mutate(unit=ibis.row_number()))
        kept = self.keep(units)
        return kept.mutate(unit=kept.rowid())  # to count rows one after the other takes longer than to find them

    def read(self, file: Path) -> Expression:
        """What was written, on DuckDB."""
        name = f"file_{uuid4().hex[:12]}"
        self.connection.con.read_parquet(str(file), hive_partitioning=False).create_view(name)
        return self.connection.table(name)

    def write(self, rows: Expression, file: Path) -> None:
        """Whole or not at all, on DuckDB; whoever writes the same file at the same time writes the same."""
        own = file.with_name(f"{file.stem}-{uuid4().hex[:12]}.parquet")
        with finished(own, below=file.parent) as target:
            written = self.connection.con.sql(self.connection.compile(rows))
            written.write_parquet(str(target), compression="snappy")  # read and written more often than stored
        own.replace(file)

    def forget(self, kept: Expression) -> None:
        del self._kept[kept.get_name()]
        self._drop(kept.get_name())

    def forget_all(self) -> None:
        while self._kept:
            self._drop(self._kept.popitem()[0])

    def quantiles(self, kept: Expression, asked: Sequence[Level]) -> list[float]:
        """Of columns of a kept table, in the order asked; not a number where there are no values."""
        form = _QUANTILE[self.dialect.name]
        wanted = [form.format(column=each.column, level=repr(each.level), where=each.where) for each in asked]
        columns = ", ".join(f"{each} AS q{place}" for place, each in enumerate(wanted))
        found = self._row(f"SELECT {columns} FROM {kept.get_name()}")  # noqa: S608
        return [float("nan") if value is None else float(value) for value in found]

    def _row(self, query: str) -> tuple[float | None, ...]:
        answer = self.connection.raw_sql(query)
        rows = answer.fetchall() if self.dialect.name == "duckdb" else answer.result_rows
        return tuple(rows[0])

    def _drop(self, name: str) -> None:
        # ibis 12 writes this statement without the name
        self.connection.raw_sql(f"DROP TABLE IF EXISTS {name}")


@contextmanager
def engine_on(connection: BaseBackend) -> Iterator[Engine]:
    """Leaves nothing behind."""
    engine = Engine(connection)
    try:
        yield engine
    finally:
        engine.forget_all()
