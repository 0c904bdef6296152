"""Many questions at once: each p-value pays for the others."""

import math

import numpy as np
import pytest
from statsmodels.stats.multitest import multipletests

from experiments.stats.errors import InvalidData
from experiments.stats.multiplicity import Method, adjusted_p_values, family_confidence

# Benjamini and Hochberg (1995), section 3.1: 15 tests of a trial; Bonferroni and Holm find three, theirs finds four
PUBLISHED = [
    *(0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298),
    *(0.0344, 0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0),
]
THEIRS: dict[Method, str] = {"holm": "holm", "benjamini-hochberg": "fdr_bh", "bonferroni": "bonferroni"}


@pytest.mark.parametrize(("method", "found"), [("bonferroni", 3), ("holm", 3), ("benjamini-hochberg", 4)])
def test_the_published_example_finds_as_many_as_published(method: Method, found: int) -> None:
    adjusted = adjusted_p_values(dict(enumerate(PUBLISHED)), method)
    assert [question for question, p in adjusted.items() if p <= 0.05] == list(range(found))


def test_adjusted_p_values_follow_their_definitions() -> None:
    p = {("revenue", "b"): 0.01, ("revenue", "c"): 0.04, ("orders", "b"): 0.03}
    assert list(adjusted_p_values(p, "bonferroni").values()) == pytest.approx([0.03, 0.12, 0.09])
    assert list(adjusted_p_values(p, "holm").values()) == pytest.approx([0.03, 0.06, 0.06])
    assert list(adjusted_p_values(p, "benjamini-hochberg").values()) == pytest.approx([0.03, 0.04, 0.04])
    assert list(adjusted_p_values(p)) == list(p)


@pytest.mark.parametrize("method", list(THEIRS))
def test_adjusted_p_values_are_those_of_statsmodels(method: Method) -> None:
    family = np.random.default_rng(42).beta(0.3, 1, 30)
    family[7] = family[3]  # a tie
    theirs = multipletests(family, method=THEIRS[method])[1]
    assert list(adjusted_p_values(dict(enumerate(family)), method).values()) == pytest.approx(theirs, rel=1e-12)


def test_holm_alarms_falsely_in_one_of_twenty_families() -> None:
    """1,000 families of 12 questions, Monte-Carlo error 0.7 %."""
    families = np.random.default_rng(41).random((1000, 12)).tolist()
    alarms = np.mean([min(adjusted_p_values(dict(enumerate(family))).values()) < 0.05 for family in families])
    assert alarms == pytest.approx(1 - (1 - 0.05 / 12) ** 12, abs=3 * math.sqrt(0.05 * 0.95 / 1000))


def test_a_family_without_questions_has_no_answers() -> None:
    assert adjusted_p_values({}) == {}


def test_what_is_no_p_value_or_no_method_is_refused() -> None:
    with pytest.raises(InvalidData, match="p-value"):
        adjusted_p_values({"a": math.nan})
    with pytest.raises(InvalidData, match="method"):
        adjusted_p_values({"a": 0.5}, "sidak")  # type: ignore[arg-type]
    with pytest.raises(InvalidData, match="family"):
        family_confidence(0.95, 0)


def test_intervals_of_a_family_widen_together() -> None:
    assert family_confidence(0.95, 10) == pytest.approx(0.995)
