"""What one metric says in each variant."""

from collections.abc import Iterator, Mapping
from typing import Any

from experiments.analysis.sums import MetricSums
from experiments.results.asked import AskedMetric, AskedVariant
from experiments.results.beliefs import conviction
from experiments.results.careful import careful
from experiments.results.findings import Finding, told
from experiments.results.guarding import guarded
from experiments.results.measured import NOBODY, measured
from experiments.results.methods import Judging, judge, judge_once
from experiments.results.notes import note
from experiments.results.outlook import outlook
from experiments.results.pairs import Pair, pair_of
from experiments.results.setting import Setting
from experiments.results.stratified import Arms, Cells, arms_of_cells, arms_of_quantiles
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.moments import Moments

Entry = dict[str, Any]


def arms_of(metric: AskedMetric, sums: MetricSums, setting: Setting) -> Arms:
    """What each variant's units did, all days together."""
    if metric.kind == "quantile":
        return arms_of_quantiles(metric, sums, setting.asked)
    return arms_of_cells(metric, sums.by_cell, setting.asked)


def variant_results(metric: AskedMetric, arms: Arms, setting: Setting) -> list[Entry]:
    """One entry per variant, the control first; significance is left to the family of all questions."""
    control = setting.asked.control
    entries = [_shown(control, arms, is_control=True)]
    for variant in setting.asked.treatments:
        judging = setting.judging(metric, variant)
        pair = pair_of(metric, *arms.within(control.key, variant.key))
        entries.append({**_shown(variant, arms), **_compared(metric, pair, judging, setting)})
    return entries


def short_results(metric: AskedMetric, moments: Mapping[str, Moments], setting: Setting) -> list[Entry]:
    """Value, difference and lift alone, for parts of the units, by a method that remembers nothing."""
    arms = measured(metric, moments, uses_past=setting.asked.plan.uses_past)
    return list(_short(metric, Arms(metric, arms), setting))


def short_results_of_days(metric: AskedMetric, cells: Cells, setting: Setting) -> list[Entry]:
    """The same for the units of some days."""
    return list(_short(metric, arms_of_cells(metric, cells, setting.asked), setting))


def _short(metric: AskedMetric, arms: Arms, setting: Setting) -> Iterator[Entry]:
    control = setting.asked.control
    yield _shown(control, arms, is_control=True)
    for variant in setting.asked.treatments:
        pair = pair_of(metric, *arms.within(control.key, variant.key))
        finding = judge_once(pair, setting.judging(metric, variant)) if pair else Finding()
        yield {**_shown(variant, arms), **told(finding)}


def _shown(variant: AskedVariant, arms: Arms, *, is_control: bool = False) -> Entry:
    arm = arms.pooled.get(variant.key, NOBODY)
    shown = {"variant": variant.key, "is_control": is_control, "units": arm.units, "value": arm.value}
    return {**shown, "total": arm.total}


def _compared(metric: AskedMetric, pair: Pair | None, judging: Judging, setting: Setting) -> Entry:
    if pair is None:
        return {**_UNSAID, "cautions": [note("not_enough_data", "There are too few units to compare yet.")]}
    finding = judge(pair, judging)
    found: Entry = {
        **told(finding),
        "adjusted_p_value": None,
        "is_significant": False,
        **_believed(pair, judging),
        **outlook(pair, metric, judging, setting.pace),
        "adjusted_by_past": pair.is_adjusted,
        "cautions": [*finding.notes, *careful(pair, metric, judging)],
    }
    if metric.role == "guardrail":
        found["guardrail"] = guarded(pair, finding, metric.margin, judging)
    return found


def _believed(pair: Pair, judging: Judging) -> Entry:
    try:
        found = conviction(pair, prior_deviation=judging.plan.prior_deviation, better=judging.better)
    except (NotEnoughData, InvalidData):
        return {"chance_to_win": None, "expected_loss": None}
    return {"chance_to_win": found.chance_to_win, "expected_loss": found.expected_loss}


_UNSAID: Entry = {
    **told(Finding()),
    "adjusted_p_value": None,
    "is_significant": False,
    "chance_to_win": None,
    "expected_loss": None,
    "power": None,
    "detectable_effect": None,
    "days_left": None,
    "adjusted_by_past": False,
}
