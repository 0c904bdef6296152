"""What the fields of a metric may hold, and which of them its kind needs."""

from collections.abc import Callable, Mapping
from typing import Any

from experiments.metrics.filters import clean_filter
from experiments.models import Metric
from experiments.models.metrics import DAY
from experiments.validation import InvalidExperiment
from flags.cleaners import Cleaner, Wrong, clean_all, one_of, text
from flags.serves import clean_key
from flags.validation import clean_tags

MAX_WINDOW = 90 * DAY
MAX_LOOKBACK = 30 * DAY
MAX_EFFECT = 10  # times the control: whoever needs more measures something else

_Kind = Metric.Kind
_DENOMINATOR = ("denominator_event", "denominator_filter", "denominator_aggregation")
MATTERING: Mapping[str, tuple[str, ...]] = {  # beside what matters for every kind
    _Kind.BINOMIAL: (),
    _Kind.COUNT: ("cap",),
    _Kind.MEAN: ("aggregation", "cap"),
    _Kind.RATIO: ("aggregation", *_DENOMINATOR, "cap"),
    _Kind.QUANTILE: ("quantile",),
    _Kind.RETENTION: ("delay_hours",),
}
_NEUTRAL: Mapping[str, Any] = {  # what stands where a field does not matter
    "aggregation": Metric.Aggregation.COUNT.value,
    "denominator_event": "",
    "denominator_filter": [],
    "denominator_aggregation": Metric.Aggregation.COUNT.value,
    "quantile": None,
    "delay_hours": 0,
    "cap": None,
}


def clean_metric(given: Mapping[str, Any], *, standing: Metric) -> dict[str, Any]:
    """The fields of a metric as they are stored, but for its owner, where the others stay. Raises InvalidExperiment."""
    values, problems = clean_all(given, _METRIC)
    if problems:
        raise InvalidExperiment(problems)
    kind = values.get("kind", standing.kind)
    foreign = _foreign(kind, values)
    settled = {name: getattr(standing, name) for name in _METRIC} | values | foreign
    if problems := _lacking(kind, settled):
        raise InvalidExperiment(problems)
    return values | foreign


def _foreign(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """The fields that do not matter for the kind, emptied. Raises InvalidExperiment where one of them is given."""
    if kind not in MATTERING:
        choices = ", ".join(Metric.Kind.values)
        raise InvalidExperiment({"kind": [f"Say what kind of metric it is: {choices}."]})
    emptied = {name: value for name, value in _NEUTRAL.items() if name not in MATTERING[kind]}
    given = [name for name, value in emptied.items() if name in values and values[name] != value]
    if given:
        raise InvalidExperiment({name: [f"A {kind} metric has none. Leave it out."] for name in given})
    return emptied


def _lacking(kind: str, values: Mapping[str, Any]) -> dict[str, list[str]]:
    """What is missing or does not fit together, as sentences by field."""
    found = {}
    if not values["event"]:
        found["event"] = ["Name the metric events that are counted, as their senders call them."]
    if kind == _Kind.MEAN and values["aggregation"] == Metric.Aggregation.COUNT:
        found["aggregation"] = ["To count events, make the kind count. Else give sum, max, min or mean."]
    if kind == _Kind.RATIO and not values["denominator_event"]:
        found["denominator_event"] = ["Name the events that the ratio divides by."]
    if kind == _Kind.QUANTILE and values["quantile"] is None:
        found["quantile"] = ["Say which quantile: 0.5 for the median, 0.95 for the slowest twentieth."]
    if kind == _Kind.RETENTION and not 0 < values["delay_hours"] < values["window_hours"]:
        found["delay_hours"] = [
            "Give how many hours after the first exposure counting begins: 1 or more, and fewer than window_hours."
        ]
    return found


def whole(least: int, most: int, unit: str) -> Cleaner:
    def clean(value: Any) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Wrong(f"Give a whole number of {unit} from {least:,} to {most:,}.")
        return value

    return clean


def number(fits: Callable[[float], bool], sentence: str) -> Cleaner:
    """A number that fits, which neither NaN nor infinity may do; the sentence says which one does."""

    def clean(value: Any) -> float:
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not fits(value):
            raise Wrong(sentence)
        return float(value)

    return clean


def optional(clean: Cleaner) -> Cleaner:
    return lambda value: None if value is None else clean(value)


def _event(value: Any) -> str:
    name: str = text(100)(value)
    if name != name.strip():
        raise Wrong("Give the name without spaces around it.")
    return name


_cap = number(lambda value: 0.5 < value < 1, "Give a share above 0.5 and below 1, as in 0.999.")
_quantile = number(lambda value: 0 < value < 1, "Give a share above 0 and below 1, as in 0.95.")
_effect = number(
    lambda value: 0 < value <= MAX_EFFECT, f"Give a share of the control above 0 and up to {MAX_EFFECT}: 0.02 is 2 %."
)
_METRIC: dict[str, Cleaner] = {
    "key": clean_key,
    "name": text(200),
    "description": text(2000),
    "tags": clean_tags,
    "kind": one_of(Metric.Kind.values),
    "event": _event,
    "filter": clean_filter,
    "aggregation": one_of(Metric.Aggregation.values),
    "denominator_event": _event,
    "denominator_filter": clean_filter,
    "denominator_aggregation": one_of(Metric.Aggregation.values),
    "quantile": optional(_quantile),
    "window_hours": whole(1, MAX_WINDOW, "hours"),
    "delay_hours": whole(0, MAX_WINDOW, "hours"),
    "lookback_hours": whole(0, MAX_LOOKBACK, "hours"),
    "cap": optional(_cap),
    "direction": one_of(Metric.Direction.values),
    "minimum_effect": optional(_effect),
    "margin": optional(_effect),
}
