"""A report as a file: which rows a table has, and that no cell of it is a formula."""

import csv
import io
import json
from collections.abc import Callable
from typing import Any

from experiments.models import Experiment
from experiments.results.exporting import COLUMNS, as_csv, as_json, file_name
from experiments.tests.results.filed import made

CONTROL = {"variant": "control", "is_control": True, "units": 10, "value": 0.1}
FOUND = {"difference": -0.1, "interval": [-0.3, 0.1], "lift": {"value": -0.5, "interval": [-0.9, 0.2]}, "p_value": None}
TREATMENT = {"variant": "treatment", "is_control": False, "units": 12, "value": 0.2} | FOUND
ABOUT = {"name": "=HYPERLINK(1)", "role": "goal", "kind": "mean", "direction": "up"}
METRIC: dict[str, Any] = {"metric": "revenue", **ABOUT, "variants": [CONTROL, TREATMENT]}
BY_COUNTRY = {"dimension": "country", "values": [{"value": "-1+1", "metrics": [METRIC]}]}


def rows_of(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text)))


def test_table_has_a_row_for_each_metric_variant_and_value_of_a_dimension(started: Callable[..., Experiment]) -> None:
    rows = rows_of(as_csv(made(started(), metrics=[METRIC], dimensions=[BY_COUNTRY])))
    assert tuple(rows[0]) == COLUMNS
    assert [(row["variant"], row["dimension"]) for row in rows] == [
        *(("control", ""), ("treatment", "")),
        *(("control", "country"), ("treatment", "country")),
    ]


def test_numbers_stay_numbers_and_what_cannot_be_said_is_empty(started: Callable[..., Experiment]) -> None:
    row = rows_of(as_csv(made(started(), metrics=[METRIC])))[1]
    assert (row["difference"], row["interval_low"], row["lift"], row["lift_high"]) == ("-0.1", "-0.3", "-0.5", "0.2")
    assert (row["p_value"], row["is_control"], row["power"]) == ("", "false", "")


def test_no_cell_is_a_formula(started: Callable[..., Experiment]) -> None:
    row = rows_of(as_csv(made(started(), metrics=[METRIC], dimensions=[BY_COUNTRY])))[-1]
    assert row["name"] == "'=HYPERLINK(1)"
    assert row["dimension_value"] == "'-1+1"


def test_report_without_metrics_is_a_table_of_nothing_but_columns(started: Callable[..., Experiment]) -> None:
    report = made(started())
    assert rows_of(as_csv(report)) == []
    assert json.loads(as_json(report))["report_id"] == report.pk
    assert file_name(report, "csv").startswith("button-color-20")
