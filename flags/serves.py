"""What a flag or a rule may serve: checked as far as it can be without knowing the flag."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from accounts.json_values import problem_with
from accounts.models import KEY_PATTERN
from flags.cleaners import Wrong, each, matching, part, refuse_repeated, require_parts

MAX_VARIANTS = 50
STEP = Decimal("0.001")  # percent: one of the engine's 100,000 buckets
_KINDS = ("variant", "off", "split", "rollout")
_FORM = 'Give {"variant": …}, {"off": true}, {"split": [{"variant": …, "weight": …}, …]} or {"rollout": {…}}.'

clean_key = matching(KEY_PATTERN, "Use 1 to 100 letters, digits, dots, underscores or hyphens.")


def clean_serve(value: Any) -> dict[str, Any]:
    """A serve with exactly one of the four forms. Raises Wrong.

    A split is a list of weights, which gets its buckets from us, or the engine's own form with salt and ranges.
    """
    if not isinstance(value, dict) or len(value) != 1 or not value.keys() <= set(_KINDS):
        raise Wrong(_FORM)
    ((kind, served),) = value.items()
    cleaners = {"variant": clean_key, "off": _off, "split": _split, "rollout": _rollout}
    return {kind: part(kind, cleaners[kind], served)}


def clean_default_serve(value: Any) -> dict[str, Any]:
    """As `clean_serve`; {} stands for the flag's first variant."""
    return {} if value == {} else clean_serve(value)


def clean_json(value: Any) -> Any:
    """Any JSON that can be kept; what it means is the engine's to judge. Raises Wrong."""
    if problem := problem_with(value):
        raise Wrong(problem)
    return value


def variants_in(serve: Mapping[str, Any]) -> list[str]:
    """The variants that a serve names, in any of its forms."""
    return [variant for variant in _named(serve) if isinstance(variant, str)]


def percent(value: Any) -> Decimal:
    """0 to 100 in steps of 0.001; a number, not text. Raises Wrong."""
    if isinstance(value, bool) or not isinstance(value, int | float | Decimal):
        raise Wrong("Give a number.")
    exact = Decimal(str(value))
    if not (exact.is_finite() and 0 <= exact <= 100):
        raise Wrong("Give a number from 0 to 100.")
    stepped = exact.quantize(STEP)
    if exact != stepped:
        raise Wrong("Give a percentage in steps of 0.001.")
    return abs(stepped)  # there is no -0


def number_of(percentage: Decimal) -> int | float:
    """The percentage as people and JSON write it: 30, 12.5."""
    return int(percentage) if percentage == int(percentage) else float(percentage)


def _named(serve: Mapping[str, Any]) -> Iterator[Any]:
    yield serve.get("variant")
    for form in (serve.get("split"), serve.get("rollout")):
        inner = form if isinstance(form, dict) else {}
        yield from (inner.get(name) for name in ("variant", "otherwise", "without_id"))
        arms = inner.get("arms") if isinstance(form, dict) else form
        yield from (arm.get("variant") for arm in arms or () if isinstance(arms, list) and isinstance(arm, dict))


def _off(value: Any) -> bool:
    if value is not True:
        raise Wrong("Give true: the off variant is served.")
    return True


def _rollout(value: Any) -> dict[str, Any]:
    if not isinstance(value, dict) or not {"salt", "ranges", "variant", "otherwise"} <= value.keys():
        raise Wrong("Give an object with salt, ranges, variant and otherwise.")
    return dict(clean_json(value))


def _split(value: Any) -> Any:
    if not isinstance(value, dict):
        return _weights(value)
    if not {"salt", "arms"} <= value.keys():
        raise Wrong('Give a list of {"variant": …, "weight": …}, or an object with salt and arms.')
    return dict(clean_json(value))


def _weights(value: Any) -> list[dict[str, Any]]:
    arms: list[tuple[str, Decimal]] = each(_arm, value, least=1, most=MAX_VARIANTS)
    refuse_repeated([variant for variant, _ in arms], path=".variant")
    total = sum((weight for _, weight in arms), Decimal(0))
    if total != 100:
        raise Wrong(f"The weights must sum to 100; these sum to {number_of(total)}.")
    return [{"variant": variant, "weight": number_of(weight)} for variant, weight in arms]


def _arm(value: Any) -> tuple[str, Decimal]:
    """What of an arm is the caller's to say: its buckets may come back as they were read, and are left aside."""
    require_parts(value, "variant", "weight", optional=["ranges"])
    return part("variant", clean_key, value["variant"]), part("weight", percent, value["weight"])
