"""The verdict says in one sentence what the numbers come to."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from experiments.analysis.sums import MetricSums, Sums
from experiments.results.asked import Asked
from experiments.tests.results.making import (
    BEGUN_AT,
    CONVERSION,
    REFUNDS,
    asked_of,
    converted,
    report,
    sums_of,
)

GUARD = replace(CONVERSION, key="guard", name="Sign-ups", role="guardrail", margin=0.05)


def verdict(asked: Asked, sums: Sums) -> tuple[str, str | None, str]:
    found = report(asked, sums)["verdict"]
    return found["state"], found["variant"], found["sentence"]


def guarded(sums: Sums, **counts: tuple[int, int]) -> Sums:
    return replace(sums, metrics={**sums.metrics, "guard": converted(**counts).metrics["conversion"]})


def test_a_variant_wins() -> None:
    found = verdict(asked_of(CONVERSION, method="fixed"), converted(control=(1000, 10_000), treatment=(1150, 10_000)))
    told = "Treatment wins: Conversion is 15 % higher (95 % interval 6.2 % to 25 %)."
    assert found == ("winner", "treatment", told)


def test_a_variant_wins_and_harms_nothing() -> None:
    sums = converted(control=(1000, 10_000), treatment=(1150, 10_000))
    safe = guarded(sums, control=(5000, 10_000), treatment=(5100, 10_000))
    assert verdict(asked_of(CONVERSION, GUARD), safe)[2].endswith(", and no guardrail is harmed.")
    unsure = guarded(sums, control=(100, 10_000), treatment=(101, 10_000))
    assert verdict(asked_of(CONVERSION, GUARD), unsure)[2].endswith(", and no guardrail is shown to be harmed.")


def test_a_guardrail_that_nobody_measured_is_not_called_unharmed() -> None:
    sums = converted(control=(1000, 10_000), treatment=(1150, 10_000))
    safe = guarded(sums, control=(5000, 10_000), treatment=(5100, 10_000))
    assert verdict(asked_of(CONVERSION, GUARD, REFUNDS), safe)[2].endswith(", and no guardrail is shown to be harmed.")


def test_what_was_found_before_and_is_gone_is_no_verdict() -> None:
    asked, earlier = asked_of(CONVERSION), None
    looks = [((200, 2000), (290, 2000)), ((640, 6000), (625, 6000)), ((1060, 10_000), (1040, 10_000))]
    found = []
    for control, treatment in looks:
        earlier = report(asked, converted(control=control, treatment=treatment), earlier)
        found.append(earlier["verdict"]["state"])
        entry = earlier["metrics"][0]["variants"][1]
        assert entry["interval"][0] <= entry["difference"] <= entry["interval"][1]
        assert entry["lift"]["interval"][0] <= entry["lift"]["value"] <= entry["lift"]["interval"][1]
    assert found == ["winner", "winner", "no_difference_yet"]
    assert earlier is not None
    assert not earlier["metrics"][0]["variants"][1]["is_significant"]


@pytest.mark.parametrize("correction", ["bonferroni", "holm"])
def test_a_goal_that_cannot_be_judged_yet_counts_among_the_comparisons(correction: str) -> None:
    asked = asked_of(CONVERSION, replace(CONVERSION, key="guard"), correction=correction)
    sums = converted(control=(1000, 10_000), treatment=(1139, 10_000))
    early, late = (guarded(sums, control=(n, 10_000), treatment=(n, 10_000)) for n in (20, 40))
    for each in (early, late):
        entry = report(asked, each)["metrics"][0]["variants"][1]
        assert entry["adjusted_p_value"] == pytest.approx(2 * entry["p_value"])


def test_everybody_against_nobody_is_a_difference() -> None:
    assert verdict(asked_of(CONVERSION), converted(control=(0, 2000), treatment=(2000, 2000)))[0] == "winner"


def test_confidence_is_told_as_it_is() -> None:
    asked = asked_of(CONVERSION, confidence=0.995)
    assert "(99.5 % interval" in verdict(asked, converted(control=(1000, 10_000), treatment=(1300, 10_000)))[2]


def test_the_end_that_is_missing_is_named() -> None:
    asked = asked_of(CONVERSION, method="fixed", planned_units=5_000, planned_days=60)
    found = verdict(asked, converted(control=(1000, 10_000), treatment=(1300, 10_000)))
    assert found[::2] == (
        "too_early",
        "Too early to say: the planned days are not over, and a fixed horizon is judged at its end.",
    )


def test_a_harmed_guardrail_comes_before_a_win() -> None:
    sums = converted(control=(1000, 10_000), treatment=(1150, 10_000))
    harmed = guarded(sums, control=(5000, 10_000), treatment=(4000, 10_000))
    state, variant, sentence = verdict(asked_of(CONVERSION, GUARD), harmed)
    assert (state, variant) == ("guardrail_harmed", "treatment")
    assert sentence.startswith("Treatment harms a guardrail: Sign-ups is 20 % lower")
    assert sentence.endswith(", more than the 5 % that is allowed.")


def test_another_variant_wins_where_one_harms_a_guardrail() -> None:
    sums = converted(control=(1000, 10_000), b=(1300, 10_000), c=(1200, 10_000))
    harmed = guarded(sums, control=(5000, 10_000), b=(4000, 10_000), c=(5000, 10_000))
    state, variant, _ = verdict(asked_of(CONVERSION, GUARD, variants=("control", "b", "c")), harmed)
    assert (state, variant) == ("winner", "c")


def test_the_better_of_two_winners_wins() -> None:
    sums = converted(control=(1000, 10_000), b=(1200, 10_000), c=(1300, 10_000))
    assert verdict(asked_of(CONVERSION, variants=("control", "b", "c")), sums)[:2] == ("winner", "c")


def test_a_variant_loses() -> None:
    state, variant, sentence = verdict(asked_of(CONVERSION), converted(control=(1150, 10_000), treatment=(950, 10_000)))
    assert (state, variant) == ("loser", "treatment")
    assert sentence.startswith("Treatment loses: Conversion is 17 % lower")
    assert sentence.endswith("Keep Control.")


def test_where_one_of_two_loses_nothing_is_decided() -> None:
    sums = converted(control=(1150, 10_000), b=(950, 10_000), c=(1150, 10_000))
    assert verdict(asked_of(CONVERSION, variants=("control", "b", "c")), sums)[0] == "no_difference_yet"


def test_no_difference_yet_says_what_is_still_possible() -> None:
    asked = asked_of(replace(CONVERSION, minimum_effect=0.05), method="fixed")
    _, _, sentence = verdict(asked, converted(control=(1000, 10_000), treatment=(1010, 10_000)))
    assert sentence == (
        "No difference yet: Conversion is 1 % higher, and the truth may lie between −7 % and +9.7 % (95 % interval). "
        "To find 5 %, about 131 more days are needed."
    )


def test_what_would_count_alone_is_explained() -> None:
    sums = converted(control=(1000, 10_000), b=(1090, 10_000), c=(1000, 10_000))
    asked = asked_of(CONVERSION, variants=("control", "b", "c"), method="fixed", correction="bonferroni")
    holm = replace(asked, plan=replace(asked.plan, correction="holm"))
    assert "among 2 comparisons" in verdict(holm, sums)[2]
    assert "among 2 comparisons" not in verdict(asked, sums)[2]


def test_variants_are_equivalent_within_the_smallest_effect_worth_finding() -> None:
    asked = asked_of(replace(CONVERSION, minimum_effect=0.05), method="fixed")
    found = verdict(asked, converted(control=(50_000, 100_000), treatment=(50_100, 100_000)))
    assert found[0] == "equivalent"
    assert found[2].startswith("Control and Treatment are equivalent: Conversion differs by less than 5 %")


def test_sparse_differences_are_told_in_points() -> None:
    found = verdict(asked_of(CONVERSION, method="fixed"), converted(control=(0, 5000), treatment=(40, 5000)))
    assert found[2] == "Treatment wins: Conversion is higher by 0.8 points (95 % interval 0.575 to 1.09 points)."


@pytest.mark.parametrize(
    ("plan", "told"),
    [
        ({"method": "sequential"}, "The smaller arm expects 12 units that count, of 25 needed."),
        ({"method": "fixed", "planned_units": 5000}, "2,000 of 5,000 planned units"),
        ({"method": "fixed", "planned_days": 30}, "the planned days are not over"),
        ({"method": "group_sequential", "planned_units": 20_000}, "The first of 5 looks is at 20 % of the"),
        ({"method": "group_sequential"}, "without it nobody knows which look this is"),
    ],
)
def test_too_early_says_why(plan: dict[str, Any], told: str) -> None:
    state, _, sentence = verdict(asked_of(CONVERSION, **plan), converted(control=(2, 1000), treatment=(22, 1000)))
    assert state == "too_early"
    assert sentence.startswith("Too early to say")
    assert told in sentence


def test_a_mismatch_comes_before_everything() -> None:
    state, _, sentence = verdict(asked_of(CONVERSION), converted(control=(1000, 10_000), treatment=(1150, 9000)))
    assert state == "mismatch"
    assert "10,000 units in Control and 9,000 units in Treatment" in sentence


@pytest.mark.parametrize(
    ("asked", "sums", "told"),
    [
        (asked_of(CONVERSION), sums_of({}), "nobody was exposed"),
        (asked_of(REFUNDS), converted(control=(1, 100), treatment=(1, 100)), "No goal"),
        (asked_of(), converted(control=(1, 100), treatment=(1, 100)), "No goal"),
        (asked_of(CONVERSION, variants=("control",)), converted(control=(1, 100)), "one variant alone"),
    ],
    ids=["nobody", "guardrails-alone", "no-metric", "one-variant"],
)
def test_without_data_it_says_what_is_missing(asked: Asked, sums: Sums, told: str) -> None:
    state, _, sentence = verdict(asked, sums)
    assert state == "no_data"
    assert told in sentence


def test_a_goal_without_sums_is_too_early() -> None:
    sums = replace(converted(control=(1, 100), treatment=(1, 100)), metrics={"conversion": MetricSums()})
    assert verdict(asked_of(CONVERSION), sums)[0] == "too_early"


@pytest.mark.parametrize("method", ["sequential", "fixed", "bayesian"])
def test_turning_the_direction_turns_the_verdict(method: str) -> None:
    sums = converted(control=(2000, 10_000), treatment=(2400, 10_000))
    up, down = (asked_of(replace(CONVERSION, direction=way), method=method) for way in ("up", "down"))
    assert verdict(up, sums)[0] == "winner"
    assert verdict(down, sums)[0] == "loser"


def test_the_experiment_of_a_day_may_win_but_is_warned_of() -> None:
    asked = replace(asked_of(CONVERSION), received_until=BEGUN_AT + timedelta(days=1))
    document = report(asked, converted(control=(2000, 10_000), treatment=(2400, 10_000)))
    assert document["verdict"]["state"] == "winner"
    assert "too_early" in [warning["code"] for warning in document["warnings"]]
