"""The demo project, examples that run beside it, and Chromium."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import reachable
from tests.browser.conftest import browser  # noqa: F401 - pytest finds it here
from tests.examples.packages import install_once
from tests.examples.programs import Example, Flagplatform, Run
from tests.servers import Installation


@pytest.fixture(scope="session")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Flagplatform]:
    with Flagplatform(Installation(tmp_path_factory.mktemp("data")), seconds=120) as started:
        yield started.sign_in()


@pytest.fixture
def flagplatform(demo: Flagplatform) -> Flagplatform:
    """With `new-checkout` on for everybody."""
    demo.edit("PUT", "flags/new-checkout", is_enabled=True, rollout_percentage=100, targets=[])
    return demo


@pytest.fixture
def run(flagplatform: Flagplatform, tmp_path: Path) -> Iterator[Run]:
    """`run([program, …], key="server")` is an example that serves; it ends with the test."""
    running: list[Example] = []

    def start(command: list[str], *, key: str) -> Example:
        running.append(Example(command, flagplatform, key=key, log=tmp_path / "example.log"))
        return running[-1].wait()

    yield start
    for example in running:
        example.end()


@pytest.fixture(scope="session")
def installed(shared: Path) -> Path:
    """The folder with the examples for JavaScript, beside their packages."""
    npm = reachable.npm().need()
    folder = shared / "examples"
    install_once(npm, folder)
    return folder
