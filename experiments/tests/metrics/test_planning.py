"""How many units an effect takes: as the power formulas say, refused where that cannot be."""

from typing import Any

import pytest

from experiments.metrics.planning import InvalidPlanning, sample_size

RATE = {"rate": 0.05, "minimum_effect": 0.1}
MEAN = {"mean": 100, "deviation": 100, "minimum_effect": 0.02}


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({}, "minimum_effect"),
        ({"minimum_effect": 0.1}, "rate"),
        ({**RATE, **MEAN}, "rate"),
        ({"mean": 1, "minimum_effect": 0.1}, "deviation"),
        ({**RATE, "rate": 0}, "rate"),
        ({**RATE, "rate": 1}, "rate"),
        ({**RATE, "rate": 0.95}, "minimum_effect"),
        ({**RATE, "minimum_effect": 0}, "minimum_effect"),
        ({**RATE, "minimum_effect": 10.1}, "minimum_effect"),
        ({**MEAN, "mean": 0}, "mean"),
        ({**MEAN, "deviation": 0}, "deviation"),
        ({**RATE, "rate": 1e-300}, "rate"),
        ({**RATE, "minimum_effect": 1e-200}, "minimum_effect"),
        ({**MEAN, "mean": 1e-200}, "mean"),
        ({**MEAN, "mean": 10**400}, "mean"),
        ({**MEAN, "deviation": 1e-200}, "deviation"),
        ({**RATE, "units_per_day": 1e-308}, "units_per_day"),
        ({**RATE, "units_per_day": float("inf")}, "units_per_day"),
        ({**RATE, "power": float("nan")}, "power"),
        ({**RATE, "power": 1}, "power"),
        ({**RATE, "power": 0.5, "confidence": 0.5}, "power"),
        ({**RATE, "confidence": 0}, "confidence"),
        ({**RATE, "variants": 1}, "variants"),
        ({**RATE, "correlation": 1}, "correlation"),
        ({**RATE, "units_per_day": 0}, "units_per_day"),
        ({**RATE, "always_valid": "yes"}, "always_valid"),
        ({**RATE, "days": 3}, "days"),
    ],
    ids=str,
)
def test_what_cannot_be_planned_is_refused_at_its_field(given: dict[str, Any], field: str) -> None:
    with pytest.raises(InvalidPlanning) as refused:
        sample_size(given)
    assert list(refused.value.fields) == [field]


@pytest.mark.parametrize(
    "extreme",
    [
        {"mean": -1e-12, "deviation": 1e12, "minimum_effect": 1e-12},
        {"mean": 1e12, "deviation": 1e-12, "minimum_effect": 10},
        {"rate": 1e-12, "minimum_effect": 1e-12, "correlation": 1 - 2**-53},
    ],
    ids=str,
)
def test_the_ends_of_every_range_are_planned_for(extreme: dict[str, Any]) -> None:
    found = sample_size({**extreme, "units_per_day": 1e-12, "variants": 50, "confidence": 0.999, "power": 0.99})
    assert found.units >= 50
    assert found.days
    assert found.days >= found.units


def test_one_look_takes_the_textbooks_units() -> None:
    found = sample_size({**MEAN, "always_valid": False, "units_per_day": 1000})
    assert found.units_per_variant == pytest.approx(2 * (1.96 + 0.8416) ** 2 / 0.02**2, rel=1e-3)
    assert (found.units, found.days) == (2 * found.units_per_variant, -(-found.units // 1000))
    assert found.effect == pytest.approx(2)


def test_looking_at_any_time_and_more_variants_cost_units_and_the_past_saves_them() -> None:
    once = sample_size({**RATE, "always_valid": False}).units_per_variant
    always, several = sample_size(RATE), sample_size({**RATE, "variants": 4, "always_valid": False})
    with_past = sample_size({**RATE, "always_valid": False, "correlation": 0.6}).units_per_variant
    assert always.units_per_variant > 1.8 * once
    assert several.units_per_variant > 1.2 * once
    assert with_past == pytest.approx(0.64 * once, rel=1e-3)
    assert always.days is None
