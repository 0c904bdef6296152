"""Whatever comes in, a result holds numbers or there is no result: never a NaN, never an error without a name."""

import dataclasses
import math
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from experiments.stats.always_valid import Progress, always_valid
from experiments.stats.arms import Arm, mean_of, ratio_of
from experiments.stats.bayesian import Belief, belief_after, chance_to_win, loss_of_keeping, loss_of_shipping
from experiments.stats.comparisons import compare, compare_conversions
from experiments.stats.cuped import adjusted_means, adjusted_ratios
from experiments.stats.errors import InvalidData, NotEnoughData
from experiments.stats.estimates import Estimate
from experiments.stats.group_sequential import look
from experiments.stats.guardrails import judge_guardrail
from experiments.stats.moments import Moments, moments_of
from experiments.stats.proportions import Conversions
from experiments.stats.strata import stratified_difference

anything = st.floats(allow_nan=True, allow_infinity=True)
awkward = st.sampled_from([0.0, 1.0, -1.0, 5e-324, 1e-150, 1e-9, 1e9, 1e119, 1e300, math.inf, math.nan]) | anything
counts = st.integers(2, 10**12) | st.integers(-1, 6)
columns = st.lists(
    st.lists(st.sampled_from([0.0, 1.0, 2.0, 1e-9, 1e9, -3.0, 1e49, 1e-200, 1e200]), min_size=4, max_size=4), max_size=6
)


def numbers(result: Any) -> Iterator[float]:
    if dataclasses.is_dataclass(result):
        for field in dataclasses.fields(result):
            if field.name == "degrees_of_freedom":
                continue  # infinite for the normal distribution
            yield from numbers(getattr(result, field.name))
    elif isinstance(result, tuple | list):
        for part in result:
            yield from numbers(part)
    elif isinstance(result, float | int):
        yield float(result)


def assert_numbers_or_a_reason(judge: Callable[[], Any]) -> None:
    try:
        found = list(numbers(judge()))
    except (InvalidData, NotEnoughData):
        found = []
    assert [number for number in found if not math.isfinite(number)] == []


@settings(max_examples=500, deadline=None)
@given(counts, awkward, awkward, counts, awkward, awkward)
def test_arms_of_any_numbers(n: int, mean: float, variance: float, m: int, other: float, spread: float) -> None:
    assert_numbers_or_a_reason(lambda: compare(Arm(n, mean, variance), Arm(m, other, spread)))
    assert_numbers_or_a_reason(lambda: stratified_difference([(Arm(n, mean, variance), Arm(m, other, spread))] * 2))


@settings(max_examples=500, deadline=None)
@given(awkward, awkward, counts, counts, awkward, awkward)
def test_estimates_of_any_numbers(value: float, error: float, n: int, m: int, rate: float, prior: float) -> None:
    assert_numbers_or_a_reason(
        lambda: always_valid(Estimate(value, error), Progress(n, m, rate, binary=True), planned_units=m)
    )
    assert_numbers_or_a_reason(lambda: judge_guardrail(Estimate(value, error)))
    for judge in (chance_to_win, loss_of_shipping, loss_of_keeping):
        assert_numbers_or_a_reason(lambda judge=judge: judge(belief_after(Belief(0.0, prior), Estimate(value, error))))


@settings(max_examples=30, deadline=None)
@given(awkward, awkward)
def test_planned_looks_of_any_numbers(value: float, error: float) -> None:
    assert_numbers_or_a_reason(lambda: look(Estimate(value, error), (0.3, 1.0)))


@settings(max_examples=200, deadline=None)
@given(counts, counts, counts, counts)
def test_conversions_of_any_numbers(converted: int, n: int, others: int, m: int) -> None:
    assert_numbers_or_a_reason(lambda: compare_conversions(Conversions(converted, n), Conversions(others, m)))


@settings(max_examples=200, deadline=None)
@given(columns, columns)
def test_units_of_any_numbers(control: list[list[float]], treatment: list[list[float]]) -> None:
    def arms() -> tuple[Moments, Moments]:
        return moments_of(np.array(control).reshape(-1, 4)), moments_of(np.array(treatment).reshape(-1, 4))

    assert_numbers_or_a_reason(lambda: compare(*(mean_of(arm) for arm in arms())))
    assert_numbers_or_a_reason(lambda: compare(*(ratio_of(arm) for arm in arms())))
    assert_numbers_or_a_reason(lambda: compare(*adjusted_means(arms()).arms))
    assert_numbers_or_a_reason(lambda: compare(*adjusted_ratios(arms()).arms))
