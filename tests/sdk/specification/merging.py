"""Steps that set contexts at every level, and look at the one that reaches the provider."""

from openfeature import api
from openfeature.evaluation_context import EvaluationContext
from openfeature.flag_evaluation import FlagResolutionDetails
from openfeature.hook import Hook, HookContext, HookHints
from openfeature.transaction_context import ContextVarsTransactionContextPropagator

from flagkit.client import Client
from flagkit.openfeature import Provider
from tests.sdk.specification.documents import documents
from tests.sdk.specification.world import World, step


class Remembering(Provider):
    """Keeps the context that it was asked with."""

    def resolve_boolean_details(
        self, flag_key: str, default_value: bool, evaluation_context: EvaluationContext | None = None
    ) -> FlagResolutionDetails[bool]:
        self.context = evaluation_context
        return super().resolve_boolean_details(flag_key, default_value, evaluation_context)


class Adding(Hook):
    """Adds to the context before the flag is evaluated."""

    def __init__(self, context: EvaluationContext) -> None:
        self.context = context

    def before(self, hook_context: HookContext, hints: HookHints) -> EvaluationContext:
        return self.context


@step("a stable provider with retrievable context is registered")
def a_remembering_provider(world: World) -> None:
    world.notes["provider"] = Remembering(Client.from_documents(documents()))
    api.set_provider_and_wait(world.notes["provider"])
    api.set_transaction_context_propagator(ContextVarsTransactionContextPropagator())
    api.set_transaction_context(EvaluationContext())  # the transaction is the test's thread, which outlives a scenario


@step('A context entry with key "(.*?)" and value "(.*?)" is added to the "(.*?)" level')
def add(world: World, key: str, value: str, level: str) -> None:
    context = EvaluationContext(attributes={key: value})
    match level:
        case "API":
            api.set_evaluation_context(context)
        case "Transaction":
            api.set_transaction_context(context)
        case "Client":
            world.client.context = context
        case "Invocation":
            world.context = context
        case "Before Hooks":
            world.client.add_hooks([Adding(context)])


@step("A table with levels of increasing precedence")
def levels(world: World, rows: tuple[tuple[str, ...], ...]) -> None:
    world.notes["levels"] = [name for (name,) in rows]


@step('Context entries for each level from API level down to the "(.*?)" level, with key "(.*?)" and value "(?:.*?)"')
def add_down_to(world: World, lowest: str, key: str) -> None:
    names = world.notes["levels"]
    for name in names[: names.index(lowest) + 1]:
        add(world, key, name, name)


@step("Some flag was evaluated")
def evaluated(world: World) -> None:
    world.ask("boolean", "boolean-flag", False)


@step('The merged context contains an entry with key "(.*?)" and value "(.*?)"')
def merged(world: World, key: str, value: str) -> None:
    assert world.notes["provider"].context.attributes[key] == value
