"""What the steps of one scenario share, and which function a step's sentence calls."""

import json
import re
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any

from openfeature.client import OpenFeatureClient
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagEvaluationDetails, FlagEvaluationOptions

from tests.sdk.specification.reading import Step

_READ: dict[str, Callable[[str], Any]] = {
    "boolean": lambda text: {"true": True, "false": False}[text],
    "string": str,
    "integer": int,
    "float": float,
    "object": json.loads,
}
_ACTIONS: list[tuple[re.Pattern[str], Callable[..., None]]] = []


@dataclass
class World:
    """`kind`, `key` and `default` are what will be asked; `details` is the answer."""

    stack: ExitStack
    client: OpenFeatureClient = field(default_factory=lambda: OpenFeatureClient(None, None))
    kind: str = "boolean"
    key: str = ""
    default: Any = None
    context: EvaluationContext = field(default_factory=EvaluationContext)
    options: FlagEvaluationOptions = field(default_factory=FlagEvaluationOptions)
    details: FlagEvaluationDetails[Any] | None = None
    notes: dict[str, Any] = field(default_factory=dict)

    @property
    def answer(self) -> FlagEvaluationDetails[Any]:
        assert self.details is not None
        return self.details

    def ask(self, kind: str, key: str, default: Any) -> None:
        self.kind, self.key, self.default = kind, key, default
        self.evaluate()

    def evaluate(self) -> None:
        ask = getattr(self.client, f"get_{self.kind}_details")
        self.details = ask(self.key, self.default, self.context, self.options)

    def add_attribute(self, name: str, value: Any) -> None:
        self.context = EvaluationContext(self.context.targeting_key, {**self.context.attributes, name: value})


def step(sentence: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """The function is called with the world, what the groups of the expression matched, and the rows if there are."""

    def register(action: Callable[..., None]) -> Callable[..., None]:
        _ACTIONS.append((re.compile(sentence), action))
        return action

    return register


def perform(world: World, given: Step) -> None:
    """Raises AssertionError where the step does not hold, and where no function is for it, or more than one."""
    found = [(match, action) for pattern, action in _ACTIONS if (match := pattern.fullmatch(given.text))]
    assert len(found) == 1, f"{len(found)} functions are for the step: {given.text}"
    match, action = found[0]
    action(world, *match.groups(), *([given.rows] if given.rows else []))


def read(kind: str, text: str) -> Any:
    """The value that a sentence or a table writes."""
    return _READ[kind.lower()](text.replace('\\"', '"'))
