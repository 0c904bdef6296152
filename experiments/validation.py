"""What the fields of experiments, their variants, allocations, layers and holdouts may hold."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from accounts.errors import Invalid
from accounts.json_values import problem_with
from flagkit.engine.algorithms import names
from flagkit.engine.experiments import BUCKETS
from flags.cleaners import Cleaner, Wrong, clean_all, each, matching, one_of, part, require_parts, text
from flags.rules import clean_audience_rules, snake_cased
from flags.serves import clean_key, percent
from flags.validation import clean_tags

MAX_RANGES = 1_000
_NAMES_OF_VARIANT = ("variant", "variant_id", "variant_key")
STEP = Decimal("0.01")  # percent: one of 10,000 buckets


class InvalidExperiment(Invalid):
    """Something of an experiment cannot be stored; `fields` names what is wrong."""

    def __init__(self, fields: dict[str, list[str]]) -> None:
        super().__init__("Some of the input is not valid; see fields.", fields=fields)


def clean_experiment(given: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of an experiment as they are stored, but for what refers to other rows. Raises InvalidExperiment."""
    return _cleaned(given, _EXPERIMENT)


def clean_variant(given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises InvalidExperiment."""
    return _cleaned(given, _VARIANT)


def clean_layer(given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises InvalidExperiment."""
    return _cleaned(given, _GROUP)


def clean_holdout(given: Mapping[str, Any]) -> dict[str, Any]:
    """Raises InvalidExperiment."""
    return _cleaned(given, {**_GROUP, "percentage": _percentage})


def clean_allocations(given: Any) -> list[dict[str, Any]]:
    """`[{"named": {"variant_id": "…"}, "range_start": 0, "range_end": 4999}]`. Raises InvalidExperiment."""
    try:
        found: list[dict[str, Any]] = each(_allocation, given, least=0, most=MAX_RANGES)
        _refuse_overlaps([(one["range_start"], one["range_end"]) for one in found])
    except Wrong as wrong:
        raise InvalidExperiment({f"allocations{wrong.path}": [wrong.sentence]}) from wrong
    return found


def clean_ranges(value: Any) -> list[list[int]]:
    """Ranges of buckets that include both ends: `[[0, 4999]]`. Raises Wrong."""
    found: list[list[int]] = each(_range, value, least=0, most=MAX_RANGES)
    _refuse_overlaps([(first, last) for first, last in found])
    return sorted(found)


def _cleaned(given: Mapping[str, Any], cleaners: Mapping[str, Cleaner]) -> dict[str, Any]:
    found, problems = clean_all(given, cleaners)
    if problems:
        raise InvalidExperiment(problems)
    return found


def _payload(value: Any) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise Wrong('Give an object, as in {"color": "#00cc66"}.')
    if problem := problem_with(value):
        raise Wrong(problem)
    return value


def _allocation(value: Any) -> dict[str, Any]:
    given = snake_cased(value)
    require_parts(given, "range_start", "range_end", optional=_NAMES_OF_VARIANT)
    found: dict[str, Any] = {"named": _named_variant(given)}
    found |= {edge: part(edge, _bucket, given[edge]) for edge in ("range_start", "range_end")}
    if found["range_start"] > found["range_end"]:
        raise Wrong("A range ends where it starts or later.", ".range_end")
    return found


def _named_variant(given: Mapping[str, Any]) -> dict[str, str]:
    named = {name: part(name, text(100), given[name]) for name in _NAMES_OF_VARIANT if name in given}
    if not named:
        raise Wrong("Name the variant: variant_id or variant_key.", ".variant_id")
    return named


def _range(value: Any) -> list[int]:
    if not isinstance(value, list) or len(value) != 2:
        raise Wrong("Give a pair of buckets, as in [0, 4999].")
    first, last = (_bucket(edge) for edge in value)
    if first > last:
        raise Wrong("A range ends where it starts or later.")
    return [first, last]


def _bucket(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < BUCKETS:
        raise Wrong(f"Give a whole number from 0 to {BUCKETS - 1:,}.")
    return value


def _refuse_overlaps(ranges: list[tuple[int, int]]) -> None:
    for at, (first, last) in enumerate(ranges):
        for other_first, other_last in ranges[:at]:
            if first <= other_last and other_first <= last:
                raise Wrong(f"{first} to {last} overlaps {other_first} to {other_last}.", f".{at}")


def _percentage(value: Any) -> Decimal:
    exact = percent(value)
    if exact != exact.quantize(STEP):
        raise Wrong("Give a percentage in steps of 0.01.")
    return exact.quantize(STEP)


_EXPERIMENT: dict[str, Cleaner] = {
    "key": clean_key,
    "name": text(200),
    "description": text(2000),
    "hypothesis": text(2000),
    "tags": clean_tags,
    "salt": matching(r"[ -~]{1,64}", "Use 1 to 64 printable ASCII characters."),
    "algorithm": one_of(names()),
    "targeting_rules": clean_audience_rules,
    "layer_ranges": clean_ranges,
}
_VARIANT: dict[str, Cleaner] = {"key": clean_key, "name": text(200), "payload": _payload}
_GROUP: dict[str, Cleaner] = {"key": clean_key, "name": text(200), "description": text(2000)}
