"""Numbers in sentences have the digits that people read, and their sign where it matters."""

import pytest

from experiments.results.figures import amount, chance, joined, likely, percent, whole


@pytest.mark.parametrize(
    ("number", "told"),
    [(0.0423, "4.2 %"), (0.04, "4 %"), (0.00031, "0.031 %"), (0.187, "19 %"), (12.5, "1,250 %"), (0.0, "0 %")],
)
def test_shares_are_told_with_two_digits(number: float, told: str) -> None:
    assert percent(number) == told


@pytest.mark.parametrize(("number", "told"), [(0.042, "+4.2 %"), (-0.042, "−4.2 %"), (0.0, "0 %")])
def test_changes_carry_their_sign(number: float, told: str) -> None:
    assert percent(number, signed=True) == told


@pytest.mark.parametrize(
    ("number", "told"), [(1234.5, "1,234"), (12.549, "12.5"), (0.0031, "0.0031"), (-2.0, "−2"), (3e20, "3e+20")]
)
def test_amounts_are_told_with_three_digits(number: float, told: str) -> None:
    assert amount(number) == told


def test_nothing_is_told_to_be_certain() -> None:
    assert [chance(p) for p in (1e-9, 0.0321, 0.99999)] == ["below 0.001", "0.032", "above 0.999"]
    assert [likely(p) for p in (1e-9, 0.87, 0.997, 1 - 1e-12)] == ["below 0.1 %", "87 %", "99.7 %", "above 99.9 %"]


def test_counts_and_lists_read_well() -> None:
    assert whole(12345) == "12,345"
    assert [joined(words) for words in ([], ["a"], ["a", "b"], ["a", "b", "c"])] == ["", "a", "a and b", "a, b and c"]
