"""The scenarios that OpenFeature publishes for SDKs and providers, and which of them cannot concern ours."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from gherkin.parser import Parser
from gherkin.pickles.compiler import Compiler

SUITE = Path(__file__).parents[4] / "shared" / "suites" / "openfeature-spec"
SCENARIOS_PUBLISHED = 132
THERE = pytest.mark.skipif(not SUITE.exists(), reason=f"OpenFeature's scenarios are not there ({SUITE})")

_NO_METADATA = "flags have no metadata of their own: what an answer carries says what decided, and it always does"
LEFT_OUT = {
    "CACHED reason": "every answer is evaluated anew, in memory; none comes from a cache",
    "Returns metadata": _NO_METADATA,
    "Returns no metadata": _NO_METADATA,
    "Flag metadata in evaluation details": _NO_METADATA,
}


@dataclass(frozen=True, slots=True)
class Step:
    """What has to be given, done or true; `rows` are those of the table below it."""

    text: str
    rows: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Scenario:
    feature: str
    name: str
    line: int
    steps: tuple[Step, ...]


def scenarios() -> list[Scenario]:
    """One for each row of examples; none where the suite is not there."""
    return [each for file in sorted(SUITE.glob("*.feature")) for each in _of_file(file)]


def _of_file(file: Path) -> Iterator[Scenario]:
    document: Any = {**Parser().parse(file.read_text()), "uri": file.name}
    for pickle in Compiler().compile(document):
        steps = tuple(Step(step["text"], _rows(step)) for step in pickle["steps"])
        yield Scenario(file.stem, pickle["name"], pickle["location"]["line"], steps)


def _rows(step: Mapping[str, Any]) -> tuple[tuple[str, ...], ...]:
    rows = step.get("argument", {}).get("dataTable", {}).get("rows", ())
    return tuple(tuple(cell["value"] for cell in row["cells"]) for row in rows)
