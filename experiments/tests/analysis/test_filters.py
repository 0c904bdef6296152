"""A metric's filter takes what a rule of the same words would take, on every engine."""

import json
from collections.abc import Callable
from typing import Any

import ibis
import pyarrow as pa
import pytest

from experiments.analysis.clickhouse_store import ClickHouseStore
from experiments.analysis.dialects import DIALECTS
from experiments.analysis.filters import UnknownOperator, meets
from flagkit.engine.conditions import compile_condition
from flagkit.engine.context import Context

VALUES = [
    None,
    "DE",
    "de",
    "1",
    1,
    1.0,
    2.5,
    -3,
    True,
    False,
    [],
    ["DE"],
    ["x", 1],
    [1.0, "é"],
    {"b": "DE"},
    "",
    'a"b',
    "true",
]
NESTED = [
    {"a.b": "DE"},
    {"a.b": None, "a": {"b": "DE"}},
    {"a.b.c": 1},
    {"a": {"b.c": 1}},
    {"a": {"b": {"c": 1}}},
    {'q"x': "DE"},
]
DOCUMENTS: list[dict[str, Any]] = [{"a": value} for value in VALUES] + NESTED + [{}]
WANTED = {
    "eq": ["DE", 1, 2.5, True, 'a"b', "1", ""],
    "neq": ["DE", 1, False],
    "in": [["DE", 1], ["x", True]],
    "not_in": [["DE", 1]],
    "contains": ["D", "", ["DE", 1], ["é", 2.5], 1],
    "starts_with": ["D", ["d", "1"]],
    "ends_with": ["E", ["b", "e"]],
    "gt": [1],
    "gte": [1],
    "lt": [2.5],
    "lte": [2.5],
    "between": [[0, 1]],
    "exists": [True, False],
}
CONDITIONS = [
    {"attribute": name, "operator": operator, "value": value}
    for name in ("a", "a.b", "a.b.c", 'q"x')
    for operator, values in WANTED.items()
    for value in (values if name == "a" else values[:1])
]
ROWS = pa.table(
    {
        "number": range(len(DOCUMENTS)),
        "value": pa.array([None, *map(float, range(1, len(DOCUMENTS)))]),
        "attributes": [json.dumps(each, ensure_ascii=len(each) > 1) if each else "" for each in DOCUMENTS],
    }
)
Taken = Callable[[list[Any]], list[list[int]]]


@pytest.fixture(params=["duckdb", "clickhouse"])
def taken(request: pytest.FixtureRequest) -> Taken:
    """Which documents each of these conditions takes."""
    table = _in_duckdb() if request.param == "duckdb" else _in_clickhouse(request.getfixturevalue("clickhouse"))
    dialect = DIALECTS[request.param]

    def taken(conditions: list[Any]) -> list[list[int]]:
        met = {f"met_{place}": meets(table, [each], dialect) for place, each in enumerate(conditions)}
        found = table.select("number", **met).order_by("number").to_pyarrow()
        return [[n for n, is_met in enumerate(found[name].to_pylist()) if is_met] for name in met]

    return taken


def _in_duckdb() -> Any:
    connection = ibis.duckdb.connect()
    connection.con.register("rows", ROWS)
    return connection.table("rows")


def _in_clickhouse(store: ClickHouseStore) -> Any:
    client = store._connected()
    client.command(
        "CREATE OR REPLACE TABLE filtered (number Int64, value Nullable(Float64), attributes String) ENGINE = Memory"
    )
    client.insert_arrow("filtered", ROWS)
    return ibis.clickhouse.from_connection(client).table("filtered")


def test_every_operator_takes_what_rules_take(taken: Taken) -> None:
    compiled = [compile_condition(each) for each in CONDITIONS]
    contexts = [Context("", attributes=document) for document in DOCUMENTS]
    expected = [[n for n, context in enumerate(contexts) if each.holds(context, None)] for each in compiled]
    assert dict(zip(map(str, CONDITIONS), taken(CONDITIONS), strict=True)) == dict(
        zip(map(str, CONDITIONS), expected, strict=True)
    )


def test_the_value_of_an_event_is_asked_by_a_name_of_its_own(taken: Taken) -> None:
    about = {"attribute": "$value"}
    asked = [about | {"operator": "lte", "value": 2}, about | {"operator": "exists", "value": False}]
    assert taken([*asked, about | {"operator": "in", "value": [3, "4"]}]) == [[1, 2], [0], [3]]


def test_an_operator_that_events_are_not_asked_by_is_refused(taken: Taken) -> None:
    with pytest.raises(UnknownOperator, match="edit the metric's filter"):
        taken([{"attribute": "a", "operator": "in_audience", "value": "beta"}])
