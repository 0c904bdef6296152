"""Every share of an experiment is as large as it says, and two experiments divide the same users independently."""

from collections import Counter
from math import sqrt

import pytest

from flagkit.engine import Context, Ruleset
from flagkit.engine.experiments import BUCKETS, compile_experiment
from flagkit.tests.documents import experiment, layer

USERS = 200_000
MOST_ERRORS = 3.3  # standard errors: one share in a thousand would be further off by chance
UNLIKELY = {1: 10.83, 2: 13.82, 4: 18.47}  # chi-squared by degrees of freedom, beyond it p < 0.001
SPLITS = [(5_000, 5_000), (3_300, 3_300, 3_400), (100, 9_900)]
ALGORITHMS = ["xxh64", "experiments-murmur3"]


@pytest.fixture(scope="module")
def users():
    return [Context(f"user-{at}") for at in range(USERS)]


def variants(document, users):
    key = document["key"]
    ask = Ruleset({key: compile_experiment(document)}).evaluate
    return [ask(key, user).variant for user in users]


def needs_mmh3(name):
    """In Python alone, 200,000 hashes of murmur3 take seconds."""
    if "murmur3" in name:
        pytest.importorskip("mmh3", reason="mmh3 is not installed")


def chi_squared(table):
    """Pearson's statistic of a table of counts, and its degrees of freedom."""
    rows, columns = sorted({row for row, _ in table}), sorted({column for _, column in table})
    total = sum(table.values())
    by_row = {row: sum(table[row, column] for column in columns) for row in rows}
    by_column = {column: sum(table[row, column] for row in rows) for column in columns}
    expected = {(row, column): by_row[row] * by_column[column] / total for row in rows for column in columns}
    found = sum((table[place] - wanted) ** 2 / wanted for place, wanted in expected.items())
    return found, (len(rows) - 1) * (len(columns) - 1)


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize("split", SPLITS)
def test_every_share_is_as_large_as_it_says(users, split, name):
    needs_mmh3(name)
    counts = Counter(variants(experiment("button", *split, algorithm=name), users))
    for variant, buckets in zip(("red", "green", "blue"), split, strict=False):
        share = buckets / BUCKETS
        error = sqrt(USERS * share * (1 - share))
        assert abs(counts[variant] - USERS * share) < MOST_ERRORS * error


@pytest.mark.parametrize("name", ALGORITHMS)
@pytest.mark.parametrize(("one", "other"), [(SPLITS[0], SPLITS[0]), (SPLITS[0], SPLITS[1]), (SPLITS[1], SPLITS[1])])
def test_experiments_of_different_salts_are_independent(users, one, other, name):
    needs_mmh3(name)
    both = [experiment(key, *split, algorithm=name) for key, split in (("button", one), ("banner", other))]
    found, freedom = chi_squared(Counter(zip(*(variants(document, users) for document in both), strict=True)))
    assert found < UNLIKELY[freedom]


def test_experiments_of_one_salt_are_not():
    """What the test above would tell of a salt that is used twice."""
    users = [Context(f"user-{at}") for at in range(2_000)]
    both = [variants(experiment(key, salt="same"), users) for key in ("button", "banner")]
    found, freedom = chi_squared(Counter(zip(*both, strict=True)))
    assert found > UNLIKELY[freedom]


def test_shares_hold_inside_a_layer(users):
    """Of those in the layer's part, half have each variant: layer and experiment are drawn apart."""
    for at, (low, high) in enumerate(((0, 3_000), (3_000, 8_000))):
        counts = Counter(variants(experiment(f"e{at}", layer=layer(low, high - 1)), users))
        inside, share = USERS - counts[None], (high - low) / BUCKETS
        assert abs(inside - USERS * share) < MOST_ERRORS * sqrt(USERS * share * (1 - share))
        assert abs(counts["red"] - inside / 2) < MOST_ERRORS * sqrt(inside) / 2
