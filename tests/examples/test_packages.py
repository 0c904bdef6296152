"""What the examples need is named exactly, and stays with the package managers that users have set up."""

import json
import re

import pytest

from tests.examples.packages import FOR_NODE
from tests.examples.programs import EXAMPLES


@pytest.mark.parametrize("name", FOR_NODE)
def test_packages_for_node_are_pinned(name: str) -> None:
    described = json.loads((EXAMPLES / name / "package.json").read_text())
    needed = {**described["dependencies"], **described.get("devDependencies", {})}
    assert [package for package, version in needed.items() if not re.fullmatch(r"\d+\.\d+\.\d+", version)] == []


def test_packages_for_python_are_the_ones_that_are_tested() -> None:
    tested = (EXAMPLES.parent / "requirements-dev.txt").read_text()
    for line in (EXAMPLES / "python-ofrep/requirements.txt").read_text().splitlines():
        assert re.search(rf"^{re.escape(line)}\s", tested, re.MULTILINE), line


def test_every_example_stands_in_the_list_and_says_how_to_run_it() -> None:
    listed = set(re.findall(r"^\| \[([\w-]+)\]", (EXAMPLES / "README.md").read_text(), re.MULTILINE))
    assert listed == {readme.parent.name for readme in EXAMPLES.glob("*/README.md")}
    assert listed == {folder.name for folder in EXAMPLES.iterdir() if folder.is_dir()}
