"""Steps that add hooks, and look at when they were called and with what."""

from typing import Any

from openfeature.flag_evaluation import FlagEvaluationDetails, FlagEvaluationOptions
from openfeature.hook import Hook, HookContext, HookHints

from tests.sdk.specification.world import World, read, step

_NAMES = {"finally": "finally_after"}


class Noting(Hook):
    """Notes each call, in a list that may be shared with other hooks."""

    def __init__(self, name: str, calls: list[tuple[str, str, Any]]) -> None:
        self.name, self.calls = name, calls

    def before(self, hook_context: HookContext, hints: HookHints) -> None:
        self.calls.append((self.name, "before", None))

    def after(self, hook_context: HookContext, details: FlagEvaluationDetails[Any], hints: HookHints) -> None:
        self.calls.append((self.name, "after", details))

    def error(self, hook_context: HookContext, exception: Exception, hints: HookHints) -> None:
        self.calls.append((self.name, "error", exception))

    def finally_after(self, hook_context: HookContext, details: FlagEvaluationDetails[Any], hints: HookHints) -> None:
        self.calls.append((self.name, "finally_after", details))


@step("a client with added hook")
def a_hook(world: World) -> None:
    world.notes["calls"] = []
    world.client.add_hooks([Noting("client", world.notes["calls"])])


@step('the "(before|error)" hook should have been executed')
def was_executed(world: World, stage: str) -> None:
    assert stage in [name for _, name, _ in world.notes["calls"]]


@step('the "(.*)" hooks should be called with evaluation details')
def were_called_with(world: World, stages: str, rows: tuple[tuple[str, ...], ...]) -> None:
    for stage in stages.split(", "):
        (details,) = [given for _, name, given in world.notes["calls"] if name == _NAMES.get(stage, stage)]
        for kind, field, text in rows[1:]:
            assert getattr(details, field) == (None if text == "null" else read(kind, text)), field


@step("evaluation options containing specific hooks")
def hooks_in_options(world: World) -> None:
    calls = world.notes["calls"] = []
    world.options = FlagEvaluationOptions(hooks=[Noting("first", calls), Noting("second", calls)])


@step("the specified hooks should execute during evaluation")
def both_were_executed(world: World) -> None:
    assert {name for name, _, _ in world.notes["calls"]} == {"first", "second"}


@step("the hook order should be maintained")
def order_was_maintained(world: World) -> None:
    """In order before the evaluation, and the other way round after it."""
    assert [(name, stage) for name, stage, _ in world.notes["calls"]] == [
        ("first", "before"),
        ("second", "before"),
        ("second", "after"),
        ("first", "after"),
        ("second", "finally_after"),
        ("first", "finally_after"),
    ]
