"""What Unleash itself answers for a feature: the other reading that an import is checked against.

Written after Unleash's published client specification, with its hash and nothing else of the engine. Where Unleash
would draw lots for each request, the subject's id decides, as it does in what is imported.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from flagkit.engine.murmur import murmur3
from flags.importing.unleash_comparing import Given, holds, within

Part = Mapping[str, Any]
_VARIANT_SEED = 86028157
_ROLLOUTS = {"gradualRolloutUserId": "userId", "gradualRolloutSessionId": "sessionId", "gradualRolloutRandom": "random"}


class Answer(NamedTuple):
    """Whether a feature is on, and which of its variants is served, if any."""

    enabled: bool
    variant: Part | None = None


OFF = Answer(False)


class Source:
    """Features and segments as `unleash_documents.read` gives them, asked directly."""

    def __init__(self, export: Mapping[str, Any], now: datetime) -> None:
        self.features: dict[str, Part] = {feature["name"]: feature for feature in export.get("features") or ()}
        self.segments: dict[Any, Part] = {segment["id"]: segment for segment in export.get("segments") or ()}
        self.now = now

    def answer(self, name: str, given: Given) -> Answer:
        """The answer for a context: `userId`, `sessionId`, `remoteAddress` and properties side by side, as text."""
        feature = self.features.get(name)
        if feature is None or not feature["enabled"]:
            return OFF
        if not all(self._is_met(dependency, given) for dependency in feature.get("dependencies") or ()):
            return OFF
        strategies = feature.get("strategies") or [{"name": "default"}]
        living = (strategy for strategy in strategies if not strategy.get("disabled"))
        matching = next((strategy for strategy in living if self._matches(name, strategy, given)), None)
        return OFF if matching is None else Answer(True, _variant(feature, matching, given))

    def _is_met(self, dependency: Part, given: Given) -> bool:
        parent = self.features.get(dependency["feature"])
        if parent is None or parent.get("dependencies"):
            return False
        enabled, variant = self.answer(dependency["feature"], given)
        if dependency.get("enabled") is False:
            return not enabled
        names = dependency.get("variants")
        return enabled and (not names or (variant["name"] if variant else "disabled") in names)

    def _matches(self, feature: str, strategy: Part, given: Given) -> bool:
        return (
            self._all_hold(strategy.get("constraints"), given)
            and all(self._has(segment, given) for segment in strategy.get("segments") or ())
            and _STRATEGIES.get(strategy["name"], _nobody)(feature, strategy, given)
        )

    def _has(self, segment: object, given: Given) -> bool:
        return segment in self.segments and self._all_hold(self.segments[segment].get("constraints"), given)

    def _all_hold(self, constraints: Sequence[Part] | None, given: Given) -> bool:
        return all(holds(constraint, given, self.now) for constraint in constraints or ())


def listed(text: object) -> list[str]:
    """The parts of a list that a parameter holds as text."""
    return [part.strip() for part in str(text or "").split(",") if part.strip()]


def _parameters(strategy: Part) -> Mapping[str, Any]:
    return strategy.get("parameters") or {}


def _everybody(feature: str, strategy: Part, given: Given) -> bool:
    return True


def _nobody(feature: str, strategy: Part, given: Given) -> bool:
    return False


def _named(feature: str, strategy: Part, given: Given) -> bool:
    return given.get("userId") in listed(_parameters(strategy).get("userIds"))


def _from_address(feature: str, strategy: Part, given: Given) -> bool:
    return within(given.get("remoteAddress"), listed(_parameters(strategy).get("IPs")))


def _within_rollout(feature: str, strategy: Part, given: Given) -> bool:
    parameters = _parameters(strategy)
    if strategy["name"] in _ROLLOUTS:
        percent, sticky = parameters.get("percentage", 0), _ROLLOUTS[strategy["name"]]
    else:
        percent, sticky = parameters.get("rollout", 100), parameters.get("stickiness") or "default"
    share = _whole(percent)
    subject = _subject(sticky, given)
    if subject is None:
        return share >= 100 and sticky in ("default", "random")
    return _hashed(parameters.get("groupId") or feature, subject, 0, 100) <= share


def _variant(feature: Part, strategy: Part, given: Given) -> Part | None:
    own = strategy.get("variants")
    variants: list[Part] = [variant for variant in own or feature.get("variants") or () if variant["weight"] > 0]
    if not variants:
        return None
    for variant in variants:
        for override in variant.get("overrides") or ():
            if given.get(override["contextName"]) in override["values"]:
                return variant
    parameters = _parameters(strategy) if own else {}
    sticky = variants[0].get("stickiness") or parameters.get("stickiness") or "default"
    subject = _subject(sticky, given)
    if subject is None:
        return variants[0]
    total = sum(variant["weight"] for variant in variants)
    left = _hashed(parameters.get("groupId") or feature["name"], subject, _VARIANT_SEED, total)
    for variant in variants:
        left -= variant["weight"]
        if left <= 0:
            return variant
    return None


def _subject(sticky: str, given: Given) -> str | None:
    names = ("userId", "sessionId") if sticky in ("default", "random") else (sticky,)
    return next((given[name] for name in names if name in given), None)


def _hashed(group: object, subject: str, seed: int, count: int) -> int:
    """A number from 1 to `count`."""
    return murmur3(f"{group}:{subject}".encode(), seed) % count + 1


def _whole(percent: object) -> int:
    try:
        return int(float(str(percent)))
    except (ValueError, OverflowError):
        return 0


_STRATEGIES: dict[str, Callable[[str, Part, Given], bool]] = {
    "default": _everybody,
    "userWithId": _named,
    "remoteAddress": _from_address,
    "flexibleRollout": _within_rollout,
    **dict.fromkeys(_ROLLOUTS, _within_rollout),
}
