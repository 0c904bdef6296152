"""The sums can be written for a team's own warehouse; ours run what is written."""

from dataclasses import replace

import duckdb
import pytest

from experiments.analysis.dialects import DIALECTS
from experiments.analysis.warehouse import Tables, statement_of
from experiments.tests.analysis.happenings import Did, Seen, after, rows_of
from experiments.tests.analysis.test_conformance import QUESTION

TABLES = Tables("shop.events.seen", "shop.events.did")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_statement_is_written_for_every_dialect(dialect: str) -> None:
    written = statement_of(QUESTION, dialect=dialect, tables=TABLES)
    assert written.startswith(("WITH", "SELECT"))
    assert "did" in written
    assert "metric_2_y_by_metric_2_x" in written


def test_a_statement_that_is_run_gives_the_sums() -> None:
    question = replace(QUESTION, metrics=QUESTION.metrics[:1], dimensions=())
    seen = [Seen(f"s{user}", after(days=1), user, variant="green", experiment="checkout") for user in ("ann", "bob")]
    did = [Did("d", after(days=1, hours=1), "ann", name="bought", value=3)]
    with duckdb.connect() as connection:
        connection.register("seen", rows_of(seen, "exposures"))
        connection.register("did", rows_of(did, "metrics"))
        statement = statement_of(question, dialect="duckdb", tables=Tables("seen", "did"))
        found = connection.sql(statement).select("variant", "n", "metric_0_y_centre").fetchall()
    assert found == [(1, 2, 0.5)]
