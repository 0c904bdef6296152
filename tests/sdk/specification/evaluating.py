"""Steps that ask for flags and look at the answers."""

import asyncio
import copy
import json
from typing import Any

from openfeature import api
from openfeature.evaluation_context import EvaluationContext

from tests.sdk.specification.standing import STANDING
from tests.sdk.specification.world import World, read, step

_TYPE = "(boolean|string|integer|float)"
_VALUE = '"?(.*?)"?'
_OBJECT = {"showImages": True, "title": "Check out these pics!", "imagesPerPage": 100}
_FIELDS = (
    'fields "showImages", "title", and "imagesPerPage", '
    'with values "true", "Check out these pics!" and 100, respectively'
)


@step("an? (stable|not ready|error|fatal|stale) provider")
def a_provider(world: World, state: str) -> None:
    api.clear_providers()
    STANDING[state](world.stack)


@step('the provider status should be "(.*)"')
def status_is(world: World, status: str) -> None:
    assert world.client.get_provider_status().value == status


@step('an? (\\w+)-flag with key "(.*?)" and a fallback value "(.*)"')
def a_flag(world: World, kind: str, key: str, default: str) -> None:
    world.kind, world.key, world.default = kind.lower(), key, read(kind, default)


@step('a context containing a key "(.*?)", with type "(.*?)" and with value "(.*)"')
def a_context(world: World, name: str, kind: str, value: str) -> None:
    world.add_attribute(name, read(kind, value))


@step('a context containing a key "(.*?)" with null value')
def a_context_with_nothing(world: World, name: str) -> None:
    world.add_attribute(name, None)


@step("the flag was evaluated with details(?: using the evaluation options)?")
def evaluated(world: World) -> None:
    world.evaluate()


@step("the flag was evaluated with details asynchronously")
def evaluated_asynchronously(world: World) -> None:
    """Another task of the loop gets its turn beside the evaluation."""

    async def evaluate() -> Any:
        ask = getattr(world.client, f"get_{world.kind}_details_async")
        beside = asyncio.create_task(asyncio.sleep(0, "had its turn"))
        found = await ask(world.key, world.default, world.context)
        world.notes["beside"] = await beside
        return found

    world.details = asyncio.run(evaluate())


@step("the evaluation should complete without blocking")
def completed(world: World) -> None:
    assert world.notes["beside"] == "had its turn"


@step('the resolved details value should be "(.*)"')
def value_is(world: World, text: str) -> None:
    wanted = read(world.kind, text)
    assert (world.answer.value, type(world.answer.value)) == (wanted, type(wanted))


@step('the reason should be "(.*)"')
def reason_is(world: World, reason: str) -> None:
    assert world.answer.reason == reason


@step('the error-code should be "(.*)"')
def error_is(world: World, code: str) -> None:
    assert world.answer.error_code == code


@step('the flag key should be "(.*)"')
def flag_key_is(world: World, key: str) -> None:
    assert world.answer.flag_key == key


@step('the variant should be "([^"]*)"')
def variant_is(world: World, variant: str) -> None:
    assert world.answer.variant == variant


@step("an evaluation context with modifiable data")
def modifiable_context(world: World) -> None:
    given: dict[str, Any] = {"plan": "pro", "tags": ["a", {"b": [1]}]}
    world.context = EvaluationContext("u1", given)
    world.notes["before"] = copy.deepcopy(given)


@step("the original evaluation context should remain unmodified")
def context_is_unmodified(world: World) -> None:
    assert world.context == EvaluationContext("u1", world.notes["before"])


@step("the evaluation details should be immutable")
def details_are_immutable(world: World) -> None:
    """The SDK's own class lets itself be written to; what is written there is in no other answer."""
    said = copy.deepcopy(world.answer)
    metadata: Any = world.answer.flag_metadata
    metadata.clear()
    world.answer.value = None
    world.evaluate()
    assert world.answer == said


@step(f'an? {_TYPE} flag with key "(.*?)" is evaluated with (?:details and )?default value {_VALUE}')
def asked(world: World, kind: str, key: str, default: str) -> None:
    world.ask(kind, key, read(kind, default))


@step('an object flag with key "(.*?)" is evaluated with (?:details and )?a null default value')
def asked_for_an_object(world: World, key: str) -> None:
    world.ask("object", key, None)


@step(f"the resolved {_TYPE} value should be {_VALUE}")
def resolved(world: World, kind: str, value: str) -> None:
    assert world.answer.value == read(kind, value)


@step(f"the resolved object (?:details )?value should be contain {_FIELDS}")
def resolved_object(world: World) -> None:
    assert world.answer.value == _OBJECT


@step(
    f"the resolved {_TYPE} details value should be {_VALUE}, "
    'the variant should be "(.*)", and the reason should be "(.*)"'
)
def resolved_details(world: World, kind: str, value: str, variant: str, reason: str) -> None:
    assert (world.answer.value, world.answer.variant) == (read(kind, value), variant)
    assert world.answer.reason == reason


@step('the variant should be "([^"]*)", and the reason should be "([^"]*)"')
def variant_and_reason_are(world: World, variant: str, reason: str) -> None:
    assert (world.answer.variant, world.answer.reason) == (variant, reason)


@step('context contains keys "(.*?)", "(.*?)", "(.*?)", "(.*?)" with values "(.*?)", "(.*?)", (\\d+), "(true|false)"')
def context_contains(world: World, *given: str) -> None:
    values = [given[4], given[5], *map(json.loads, given[6:])]
    world.context = EvaluationContext(None, dict(zip(given[:4], values, strict=True)))


@step('a flag with key "(.*?)" is evaluated with default value "(.*)"')
def asked_for_a_string(world: World, key: str, default: str) -> None:
    world.ask("string", key, default)


@step('the resolved string response should be "(.*)"')
def resolved_response(world: World, value: str) -> None:
    assert world.answer.value == value


@step('the resolved flag value is "(.*)" when the context is empty')
def resolved_without_context(world: World, value: str) -> None:
    world.context = EvaluationContext()
    world.evaluate()
    assert world.answer.value == value


@step('a non-existent string flag with key "(.*?)" is evaluated with details and a fallback value "(.*)"')
def asked_for_nothing(world: World, key: str, default: str) -> None:
    world.ask("string", key, default)


@step('a string flag with key "(.*?)" is evaluated as an integer, with details and a fallback value (\\d+)')
def asked_for_another_type(world: World, key: str, default: str) -> None:
    world.ask("integer", key, int(default))


@step("the default (?:string|integer) value should be returned")
def default_is_returned(world: World) -> None:
    assert world.answer.value == world.default


@step('the reason should indicate an error and the error code should indicate a (?:.*?) with "(.*)"')
def error_is_indicated(world: World, code: str) -> None:
    assert (world.answer.reason, world.answer.error_code) == ("ERROR", code)
