"""Advice on shares: the better an arm, the more it gets, nobody less than the floor, and a seed repeats it."""

import math

import numpy as np
import pytest
from scipy import stats

from experiments.stats.arms import Arm
from experiments.stats.bandits import advised_shares
from experiments.stats.errors import InvalidData, NotEnoughData

WORSE, BETTER = Arm(1000, 0.100, 0.09), Arm(1000, 0.115, 0.10)


def generator(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


def test_two_arms_get_their_chances_to_be_the_best() -> None:
    """100,000 draws, Monte-Carlo error 0.16 %."""
    shares = advised_shares([WORSE, BETTER], generator(), floor=0.0, draws=100_000)
    chance = stats.norm.cdf(0.015 / math.sqrt(0.09 / 1000 + 0.10 / 1000))
    assert shares[1] == pytest.approx(chance, abs=0.005)


def test_nobody_gets_less_than_the_floor() -> None:
    shares = advised_shares([Arm(1000, 0.0, 1.0), Arm(1000, 9.0, 1.0), Arm(1000, 0.0, 1.0)], generator(), floor=0.1)
    assert shares == pytest.approx((0.1, 0.8, 0.1))


def test_lower_is_better_turns_the_advice_around() -> None:
    shares = advised_shares([WORSE, BETTER], generator(), lower_is_better=True)
    assert shares[0] > 0.5 > shares[1]
    assert sum(shares) == pytest.approx(1)


def test_the_same_seed_gives_the_same_advice() -> None:
    assert advised_shares([WORSE, BETTER], generator(7)) == advised_shares([WORSE, BETTER], generator(7))


def test_arms_with_few_units_are_not_steered() -> None:
    with pytest.raises(NotEnoughData, match="100 units"):
        advised_shares([WORSE, Arm(99, 0.2, 0.1)], generator())


@pytest.mark.parametrize(
    ("arms", "floor", "draws"),
    [([WORSE], 0.0, 100), ([WORSE, BETTER], 0.6, 100), ([WORSE, BETTER], -0.1, 100), ([WORSE, BETTER], 0.1, 0)],
)
def test_advice_that_cannot_be_is_refused(arms: list[Arm], floor: float, draws: int) -> None:
    with pytest.raises(InvalidData):
        advised_shares(arms, generator(), floor=floor, draws=draws)
