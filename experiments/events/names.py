"""Which experiments, flags, variants and metric events an environment has, and whether an event names one of them.

Experiments of any status count, and archived flags and metrics too: events come late.
"""

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field

from experiments.events.items import Item, Rejected
from experiments.models import Experiment, Metric, Variant
from flags.models import Flag

_NO_VARIANTS: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Names:
    """Of one environment: variants by experiment and by flag, and the names of metric events."""

    experiments: Mapping[str, frozenset[str]] = field(default_factory=dict)
    flags: Mapping[str, frozenset[str]] = field(default_factory=dict)
    events: frozenset[str] = _NO_VARIANTS


def load_names(environment_id: str) -> Names:
    """As the database has them now; nothing for an environment that is gone."""
    variants: dict[str, set[str]] = defaultdict(set)
    for key in Experiment.objects.filter(environment_id=environment_id).values_list("key", flat=True):
        variants[key] = set()
    of_experiments = Variant.objects.filter(experiment__environment_id=environment_id).order_by()
    for experiment, variant in of_experiments.values_list("experiment__key", "key"):
        variants[experiment].add(variant)
    flags = Flag.objects.filter(project__environments__id=environment_id).order_by().values_list("key", "variants")
    metrics = Metric.objects.filter(project__environments__id=environment_id).order_by()
    events = metrics.values_list("event", "denominator_event")
    return Names(
        {experiment: frozenset(keys) for experiment, keys in variants.items()},
        {flag: frozenset(each["key"] for each in given) for flag, given in flags},
        frozenset(name for pair in events for name in pair if name),
    )


def judge(item: Item, names: Names) -> Rejected | None:
    """Why the event cannot be taken; None where everything that it names is known."""
    if item.kind == "metric":
        if item.name in names.events:
            return None
        return Rejected("unknown_metric_event", f"No metric counts events called {item.name}. Create the metric first.")
    is_flag = item.kind == "flag"
    variants = (names.flags if is_flag else names.experiments).get(item.name)
    if variants is not None and item.variant in variants:
        return None
    what = "flag" if is_flag else "experiment"
    if variants is None:
        return Rejected(f"unknown_{what}", f"There is no {what} {item.name} in this environment.")
    return Rejected("unknown_variant", f"The {what} {item.name} has no variant {item.variant}.")
