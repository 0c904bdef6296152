"""Each warning is raised where it is due, says what to do, and is silent otherwise."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from experiments.analysis.sums import Cell, Sums
from experiments.results.asked import Asked
from experiments.tests.results.making import (
    BEGUN_AT,
    CONVERSION,
    REFUNDS,
    REVENUE,
    asked_of,
    converted,
    report,
    sums_of,
    valued,
)

SOUND = converted(control=(500, 5000), treatment=(520, 5000))


def warned(asked: Asked, sums: Sums) -> dict[str, str]:
    return {warning["code"]: warning["sentence"] for warning in report(asked, sums)["warnings"]}


def planned(asked: Asked, **changed: Any) -> Asked:
    return replace(asked, plan=replace(asked.plan, **changed))


def test_a_sound_experiment_has_no_warnings() -> None:
    assert warned(asked_of(CONVERSION), SOUND) == {}


@pytest.mark.parametrize(
    ("code", "told", "asked", "sums"),
    [
        ("no_exposures", "track=true", lambda asked: asked, sums_of({})),
        ("no_metric", "Attach", lambda asked: replace(asked, metrics=()), SOUND),
        ("no_goal", "as a goal", lambda asked: replace(asked, metrics=(REFUNDS,)), SOUND),
        (
            "mismatch",
            "treatment has 5,600 units where 5,300 are planned (p below 0.001)",
            lambda asked: asked,
            converted(control=(500, 5000), treatment=(560, 5600)),
        ),
        ("set_aside", "150 units (1.5 %)", lambda asked: asked, replace(SOUND, set_aside=150)),
        ("variant_without_units", "Nobody was exposed to Treatment", lambda asked: asked, converted(control=(5, 50))),
        ("small_arm", "only 99 units", lambda asked: asked, converted(control=(9, 100), treatment=(9, 99))),
        (
            "metric_without_events",
            "No event of metric Conversion",
            lambda asked: asked,
            converted(control=(0, 100), treatment=(0, 100)),
        ),
        (
            "too_early",
            "It ran for 3 days.",
            lambda asked: replace(asked, ended_at=BEGUN_AT + timedelta(days=3)),
            SOUND,
        ),
        (
            "too_early",
            "less than the 30 days",
            lambda asked: replace(asked, metrics=(replace(CONVERSION, window_hours=720),)),
            SOUND,
        ),
        ("no_planned_end", "Plan a number", lambda asked: planned(asked, method="fixed"), SOUND),
        (
            "before_planned_end",
            "before it",
            lambda asked: planned(asked, method="fixed", planned_units=20_000),
            SOUND,
        ),
        ("plan_changed", "changed after", lambda asked: planned(asked, changed_after_start=True), SOUND),
        ("no_planned_units", "which look", lambda asked: planned(asked, method="group_sequential"), SOUND),
    ],
)
def test_what_is_wrong_is_said(code: str, told: str, asked: Callable[[Asked], Asked], sums: Sums) -> None:
    found = warned(asked(asked_of(CONVERSION)), sums)
    assert told in found[code]


def test_units_still_in_their_window_are_counted() -> None:
    late = Cell("control", BEGUN_AT.date() + timedelta(days=25))
    sums = replace(SOUND, units={**SOUND.units, late: 500})
    told = warned(asked_of(CONVERSION, REVENUE), sums)["open_windows"]
    assert told.startswith("4.8 % of the units are still within the 7 days that Conversion and Revenue follow them")


def test_a_mismatch_of_one_day_or_country_is_found_in_a_sound_whole() -> None:
    day = BEGUN_AT.date() + timedelta(days=3)
    units = {**SOUND.units, Cell("control", day): 400, Cell("treatment", day): 200}
    assert day.isoformat() in warned(asked_of(CONVERSION), replace(SOUND, units=units))["mismatch_on_days"]
    control, treatment = Cell("control", day), Cell("treatment", day)
    countries = {"DE": {control: 2500, treatment: 2500}, "FR": {control: 500, treatment: 200}}
    parted = replace(SOUND, units_by_dimension={"country": countries})
    assert "where country is FR" in warned(asked_of(CONVERSION), parted)["mismatch_in_part"]


def test_days_that_differ_by_chance_raise_no_alarm() -> None:
    """The smallest of 28 p-values is often below 0.01, and here below 0.001 is what one day alone would need."""
    days = [BEGUN_AT.date() + timedelta(days=day) for day in range(20)]
    units = {Cell(variant, day): 500 for day in days for variant in ("control", "treatment")}
    units[Cell("control", days[4])] = 610
    assert warned(asked_of(CONVERSION), replace(SOUND, units=units)) == {}


def test_values_that_a_few_units_decide_are_cautioned() -> None:
    rows = [1000.0] * 5 + [0.0] * 2995
    found = report(asked_of(REVENUE, method="fixed"), valued(control=rows, treatment=rows))
    codes = [caution["code"] for caution in found["metrics"][0]["variants"][1]["cautions"]]
    assert codes == ["skewed", "no_planned_end"]


def test_after_a_change_of_shares_only_later_units_judge_the_split() -> None:
    later = BEGUN_AT.date() + timedelta(days=9)
    units = {**SOUND.units, Cell("control", later): 100, Cell("treatment", later): 900}
    sums = replace(SOUND, units=units, units_by_dimension={"country": {"DE": units}})
    variants = tuple(replace(each, weight=weight) for each, weight in zip(asked_of().variants, (1, 9), strict=True))
    asked = replace(asked_of(CONVERSION), variants=variants)
    assert "mismatch" in warned(asked, sums)
    changed = replace(asked, split_changes=(BEGUN_AT + timedelta(days=8),))
    assert set(warned(changed, sums)) == {"split_changed"}
    found = report(changed, sums)
    (of_country,) = found["dimensions"][0]["values"]
    assert found["balance"]["units"] == of_country["balance"]["units"] == {"control": 100, "treatment": 900}
    assert of_country["units"] == found["units"]["variants"]
