"""OpenFeature's published scenarios hold for our provider behind OpenFeature's Python SDK."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest
from openfeature import api

from tests.sdk.specification import evaluating, listening, merging  # noqa: F401 - they register their steps
from tests.sdk.specification.reading import LEFT_OUT, SCENARIOS_PUBLISHED, THERE, Scenario, scenarios
from tests.sdk.specification.world import World, perform

SCENARIOS = scenarios()


@pytest.fixture
def world() -> Iterator[World]:
    api.shutdown()
    with ExitStack() as stack:
        stack.callback(api.shutdown)
        yield World(stack)


@THERE
@pytest.mark.parametrize(
    "scenario", SCENARIOS, ids=[f"{each.feature}-{each.name}-{n}" for n, each in enumerate(SCENARIOS)]
)
def test_scenario_holds(scenario: Scenario, world: World) -> None:
    if scenario.name in LEFT_OUT:
        pytest.skip(f"{scenario.name}: {LEFT_OUT[scenario.name]}")
    for step in scenario.steps:
        perform(world, step)


@THERE
def test_all_scenarios_are_read_and_what_is_left_out_is_among_them() -> None:
    assert len(SCENARIOS) == SCENARIOS_PUBLISHED
    assert {each.name for each in SCENARIOS} >= set(LEFT_OUT)
