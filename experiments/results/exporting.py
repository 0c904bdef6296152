"""A report as a file to keep: the whole document as JSON, or one CSV row per metric, variant and part of the users."""

import csv
import io
import json
from collections.abc import Iterator, Mapping
from typing import Any

from experiments.models import Report

COLUMNS = (
    *("metric", "name", "role", "kind", "direction", "dimension", "dimension_value"),
    *("variant", "is_control", "units", "value"),
    *("difference", "interval_low", "interval_high", "lift", "lift_low", "lift_high"),
    *("p_value", "adjusted_p_value", "is_significant", "chance_to_win", "expected_loss"),
    *("power", "detectable_effect", "days_left"),
    *("method", "report_id", "made_at", "data_digest"),
)
_AS_THEY_ARE = (
    *("variant", "is_control", "units", "value", "difference", "p_value", "adjusted_p_value", "is_significant"),
    *("chance_to_win", "expected_loss", "power", "detectable_effect", "days_left"),
)
_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n")  # how a cell begins that spreadsheets would compute
Row = dict[str, Any]


def as_json(report: Report) -> str:
    """The document with its id, as people can read it."""
    return json.dumps({"report_id": report.pk, **report.document}, indent=2, ensure_ascii=False) + "\n"


def as_csv(report: Report) -> str:
    """COLUMNS, then the rows; a cell is empty where nothing can be said."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, restval="", lineterminator="\r\n")
    writer.writeheader()
    about = _about(report)
    for row in _rows(report.document):
        writer.writerow({name: _cell(value) for name, value in {**row, **about}.items()})
    return text.getvalue()


def file_name(report: Report, ending: str) -> str:
    """A key has letters, digits, dots, hyphens and underscores alone."""
    return f"{report.experiment.key}-{report.made_at:%Y%m%dT%H%M%SZ}.{ending}"


def _about(report: Report) -> Row:
    document = report.document
    digest = document["data"]["digest"]
    return {
        "method": document["method"],
        "report_id": report.pk,
        "made_at": document["made_at"],
        "data_digest": digest,
    }


def _rows(document: Mapping[str, Any]) -> Iterator[Row]:
    described = {metric["metric"]: _described(metric) for metric in document["metrics"]}
    for metric in document["metrics"]:
        yield from _variants(metric, described[metric["metric"]])
    for dimension in document.get("dimensions", ()):
        for part in dimension["values"]:
            where = {"dimension": dimension["dimension"], "dimension_value": part["value"]}
            for metric in part["metrics"]:
                yield from _variants(metric, described.get(metric["metric"], {"metric": metric["metric"]}) | where)


def _described(metric: Mapping[str, Any]) -> Row:
    return {name: metric.get(name) for name in ("metric", "name", "role", "kind", "direction")}


def _variants(metric: Mapping[str, Any], about: Row) -> Iterator[Row]:
    for variant in metric["variants"]:
        lift = variant.get("lift") or {}
        low, high = variant.get("interval") or (None, None)
        lift_low, lift_high = lift.get("interval") or (None, None)
        yield (
            about
            | {name: variant.get(name) for name in _AS_THEY_ARE}
            | {
                "interval_low": low,
                "interval_high": high,
                "lift": lift.get("value"),
                "lift_low": lift_low,
                "lift_high": lift_high,
            }
        )


def _cell(value: Any) -> Any:
    """Text never begins as a formula does: spreadsheets of who opens the file would compute it."""
    if isinstance(value, bool):
        return str(value).lower()
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
