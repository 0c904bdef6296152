"""What an experiment's sums say, as one document for pages, programs and archives."""

import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from experiments.analysis.sums import MetricSums, Sums
from experiments.results.advice import advice_of
from experiments.results.asked import Asked, AskedMetric
from experiments.results.balances import balance_of
from experiments.results.counting import units_of, units_of_split
from experiments.results.dimensions import dimension_results
from experiments.results.families import judged_together
from experiments.results.looks import looks_at
from experiments.results.looks import told as looks_told
from experiments.results.metric_results import arms_of, short_results_of_days, variant_results
from experiments.results.outlook import Pace
from experiments.results.over_time import over_time
from experiments.results.setting import Setting, identity_of, parameters_of, that_counts
from experiments.results.stratified import Arms
from experiments.results.verdicts import verdict_of
from experiments.results.warning_words import warnings_of

Document = dict[str, Any]

_NOTHING_MEASURED = MetricSums()
_LEAST_TIME = timedelta(hours=1)  # below which a pace would be a guess


def report_of(asked: Asked, sums: Sums, *, earlier: Mapping[str, Any] | None, now: datetime) -> Document:
    """The report. `earlier` is the document of the report before: always-valid intervals and p-values go on from it,
    and planned looks are counted from it; it is left aside where another plan made it.

    Pure: the same asked, sums and earlier give the same numbers. The shape is in docs/results.md.
    """
    units = units_of(sums, asked)
    counting = that_counts(earlier, asked)
    setting = _setting(asked, units["total"], counting)
    arms = {metric.key: arms_of(metric, _sums(metric, sums), setting) for metric in asked.metrics}
    metrics = [_metric(metric, _sums(metric, sums), arms[metric.key], setting) for metric in asked.metrics]
    document: Document = {
        **_head(asked, now),
        "data": {"digest": sums.digest, "exposures": sums.exposures, "metric_events": sums.metric_events},
        "looks": None if setting.looks is None else looks_told(setting.looks),
        "units": units,
        "balance": balance_of(units_of_split(sums.units, asked), asked, earlier=counting),
        "metrics": judged_together(metrics, asked),
        "dimensions": dimension_results(sums, setting),
        "advice": advice_of(asked, arms, sums.digest),
    }
    document["warnings"] = warnings_of(document, sums, asked)
    document["verdict"] = verdict_of(document, asked)
    finite: Document = _finite(document)
    return finite


def _head(asked: Asked, now: datetime) -> Document:
    return {
        "experiment": {
            "key": asked.key,
            "name": asked.name,
            "environment": asked.environment,
            "status": asked.status,
            "variants": [{"key": variant.key, "name": variant.name} for variant in asked.variants],
        },
        "made_at": now.isoformat(),
        "received_until": asked.received_until.isoformat(),
        "begun_at": asked.begun_at.isoformat(),
        "ended_at": asked.ended_at and asked.ended_at.isoformat(),
        "revisions": {"from": asked.revisions[0], "to": asked.revisions[1]},
        "method": asked.plan.method,
        "parameters": parameters_of(asked),
    }


def _setting(asked: Asked, total: int, earlier: Mapping[str, Any] | None) -> Setting:
    days = max(asked.until - asked.begun_at, _LEAST_TIME) / timedelta(days=1)
    pace = Pace(total / days, is_open=asked.ended_at is None and asked.status == "RUNNING")
    is_planned = asked.plan.method == "group_sequential"
    looks = looks_at(total, asked.plan, earlier=earlier) if is_planned else None
    return Setting(asked, pace, looks, earlier)


def _metric(metric: AskedMetric, sums: MetricSums, arms: Arms, setting: Setting) -> Document:
    entry: Document = {**identity_of(metric), "cap": sums.cap, "variants": variant_results(metric, arms, setting)}
    if sums.uncapped:
        entry["uncapped"] = short_results_of_days(metric, sums.uncapped, setting)
    return {**entry, "over_time": over_time(metric, sums.by_cell, setting)}


def _sums(metric: AskedMetric, sums: Sums) -> MetricSums:
    return sums.metrics.get(metric.key, _NOTHING_MEASURED)


def _finite(value: Any) -> Any:
    """JSON knows no infinities; an end that is not known is null."""
    if isinstance(value, dict):
        return {name: _finite(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_finite(each) for each in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value
