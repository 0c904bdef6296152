"""Comparing within strata takes out what differs between them, and is right where pooling is wrong."""

import math

import numpy as np
import pytest

from experiments.stats.arms import Arm, mean_of
from experiments.stats.errors import NotEnoughData
from experiments.stats.estimates import difference
from experiments.stats.inference import p_value
from experiments.stats.moments import merge, moments_of
from experiments.stats.strata import stratified_difference

RUNS = 1000


def test_one_stratum_is_the_plain_difference() -> None:
    control, treatment = Arm(30, 1.0, 4.0), Arm(20, 1.5, 9.0)
    plain, stratified = difference(control, treatment), stratified_difference([(control, treatment)])
    assert stratified.value == pytest.approx(plain.value)
    assert stratified.standard_error == pytest.approx(plain.standard_error)
    assert stratified.degrees_of_freedom == pytest.approx(plain.degrees_of_freedom)


def test_two_strata_are_weighed_by_their_units() -> None:
    """By hand: weights 0.75 and 0.25, differences 1 and 3, variances 0.02 and 0.08; 0.75 * 0.25 * 2² / 400 between."""
    strata = [(Arm(150, 0.0, 1.5), Arm(150, 1.0, 1.5)), (Arm(50, 5.0, 2.0), Arm(50, 8.0, 2.0))]
    found = stratified_difference(strata)
    assert found.value == pytest.approx(1.5)
    assert found.standard_error**2 == pytest.approx(0.75**2 * 0.02 + 0.25**2 * 0.08 + 0.75 / 400)


def test_a_split_that_changed_does_not_turn_the_result_around() -> None:
    """Simpson: treatment is better in both weeks, and got most of its units in the bad one."""
    generator = np.random.default_rng(91)
    weeks = [
        tuple(moments_of(generator.normal(level + more, 1, n)) for more, n in ((0.0, few), (0.3, many)))
        for level, few, many in ((10.0, 9000, 1000), (6.0, 1000, 9000))
    ]
    pooled = difference(*(mean_of(merge(arm)) for arm in zip(*weeks, strict=True)))
    stratified = stratified_difference([(mean_of(control), mean_of(treatment)) for control, treatment in weeks])
    assert pooled.value < 0
    assert stratified.value == pytest.approx(0.3, abs=4 * stratified.standard_error)


def test_strata_alarm_falsely_in_one_of_twenty_and_find_more() -> None:
    generator = np.random.default_rng(92)
    found, errors = [], []
    for _ in range(RUNS):
        big = generator.binomial(300, 0.4)
        strata = [
            tuple(mean_of(moments_of(generator.normal(level, 1, n))) for _ in range(2))
            for level, n in ((0.0, 300 - big), (5.0, big))
        ]
        apart = stratified_difference(strata)
        found.append(p_value(apart) < 0.05)
        errors.append(apart.standard_error)
    assert np.mean(found) == pytest.approx(0.05, abs=3 * math.sqrt(0.05 * 0.95 / RUNS))
    assert np.mean(errors) == pytest.approx(math.sqrt(2 / 300), rel=0.02)


def test_a_stratum_with_one_unit_has_to_be_joined() -> None:
    with pytest.raises(NotEnoughData):
        stratified_difference([])
    with pytest.raises(NotEnoughData, match="two units"):
        stratified_difference([(Arm(1, 1.0, 0.0), Arm(30, 1.0, 1.0))])
