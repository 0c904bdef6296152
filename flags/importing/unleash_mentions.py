"""Which attributes decide what a feature of Unleash answers, and which of their values it names."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from flags.importing.unleash_answers import Source, listed

Part = Mapping[str, Any]


@dataclass(slots=True)
class Mentions:
    """`sticky` are the ids that decide on shares, which every subject has; `values` are the other ones by attribute."""

    sticky: list[str] = field(default_factory=lambda: ["userId", "sessionId"])
    values: dict[str, list[str]] = field(default_factory=dict)


def mentions_of(source: Source, name: str) -> Mentions:
    """What the feature asks about, and what it depends on."""
    found = Mentions()
    feature = source.features[name]
    parents = [entry["feature"] for entry in feature.get("dependencies") or ()]
    for each in (feature, *(source.features[parent] for parent in parents if parent in source.features)):
        for attribute, value in _asked(source, each):
            found.values.setdefault(attribute, []).extend(_beside(value))
        found.sticky += [attribute for attribute in _sticky(each) if attribute not in found.sticky]
    return found


def _asked(source: Source, feature: Part) -> Iterator[tuple[str, str]]:
    """Pairs of attribute and value."""
    for strategy in feature.get("strategies") or ():
        yield from _constrained(strategy.get("constraints") or ())
        for segment in strategy.get("segments") or ():
            yield from _constrained(source.segments.get(segment, {}).get("constraints") or ())
        parameters = strategy.get("parameters") or {}
        yield from (("userId", user) for user in listed(parameters.get("userIds")))
        yield from (("remoteAddress", address.partition("/")[0]) for address in listed(parameters.get("IPs")))
    for variant in _variants(feature):
        for override in variant.get("overrides") or ():
            yield from ((override["contextName"], value) for value in override["values"])


def _constrained(constraints: Iterable[Part]) -> Iterator[tuple[str, str]]:
    for constraint in constraints:
        named = [*(constraint.get("values") or ()), constraint.get("value")]
        for value in named:
            if value is not None:
                text = str(value)
                yield constraint["contextName"], text.partition("/")[0] if constraint["operator"] == "IN_CIDR" else text


def _variants(feature: Part) -> Iterator[Part]:
    yield from feature.get("variants") or ()
    for strategy in feature.get("strategies") or ():
        yield from strategy.get("variants") or ()


def _sticky(feature: Part) -> Iterator[str]:
    """The attributes that shares go by, but for the usual ids."""
    named = [variant.get("stickiness") for variant in _variants(feature)]
    named += [(each.get("parameters") or {}).get("stickiness") for each in feature.get("strategies") or ()]
    yield from (str(name) for name in named if name and name not in ("default", "random"))


def _beside(value: str) -> list[str]:
    """The value and some that differ from it by little."""
    try:
        number = float(value)
    except ValueError:
        return [value, f"{value}x", value.upper()]
    return [value, f"{number + 1:g}", f"{number - 1:g}"]
