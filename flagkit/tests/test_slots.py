"""Changed weights move as few buckets as can be, and it can be told beforehand how many."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from flagkit.engine.slots import moves, rebalance

HALVES = [{"variant": "a", "ranges": [[0, 50_000]]}, {"variant": "b", "ranges": [[50_000, 100_000]]}]
NAMES = ("a", "b", "c", "d")


@st.composite
def weights(draw):
    edges = sorted(draw(st.lists(st.integers(0, 100), min_size=3, max_size=3)))
    return dict(zip(NAMES, [hi - lo for lo, hi in zip([0, *edges], [*edges, 100], strict=True)], strict=True))


def sizes(arms):
    return {arm["variant"]: sum(high - low for low, high in arm["ranges"]) for arm in arms}


def test_what_a_variant_loses_is_all_that_moves():
    after = rebalance(HALVES, {"a": 30_000, "b": 50_000, "c": 20_000})
    assert moves(HALVES, after) == {("a", "c"): 20_000}


def test_variant_that_leaves_gives_everything_away():
    assert moves(HALVES, rebalance(HALVES, {"b": 100_000})) == {("a", "b"): 50_000}


def test_same_weights_move_nobody():
    assert moves(HALVES, rebalance(HALVES, {"a": 50_000, "b": 50_000})) == {}


def test_growing_and_shrinking_again_may_scatter_but_moves_no_more_than_needed():
    wide = rebalance(HALVES, {"a": 70_000, "b": 30_000})
    back = rebalance(wide, {"a": 50_000, "b": 50_000})
    assert moves(wide, back) == {("a", "b"): 20_000}


def test_buckets_that_nobody_had_come_from_none():
    assert moves([], HALVES) == {(None, "a"): 50_000, (None, "b"): 50_000}


@pytest.mark.parametrize("weights", [{"a": 99_999}, {"a": 100_001}, {"a": -1, "b": 100_001}, {}])
def test_weights_that_are_no_split_are_refused(weights):
    with pytest.raises(ValueError, match="sum"):
        rebalance(HALVES, weights)


@given(st.lists(weights(), min_size=2, max_size=6))
def test_every_step_moves_the_least_possible(steps):
    arms = rebalance([], steps[0], buckets=100)
    for wanted in steps[1:]:
        before, arms = arms, rebalance(arms, wanted, buckets=100)
        least = sum(max(0, size - wanted[name]) for name, size in sizes(before).items())
        assert sum(moves(before, arms).values()) == least
        assert sizes(arms) == wanted
