"""A Flagplatform as `./start` makes it, its examples as processes, and browsers in front of them."""

import fcntl
import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import requests

from tests import reachable
from tests.browser.conftest import browser  # noqa: F401 - pytest finds it here
from tests.servers import ROOT, Child, Installation, free_port, wait_for
from tests.starting import Started

EXAMPLES = ROOT / "examples"
FOR_NODE = ("node-server", "browser", "react")
INSTALL = ("install", "--no-audit", "--no-fund", "--no-package-lock", "--ignore-scripts", "--prefer-offline")
NAMED = {"environment_key": "development"}


class Flagplatform(Started):
    """The demo project; `edit` changes something in development, for which its keys are."""

    def sign_in(self) -> "Flagplatform":
        self.http = requests.Session()
        told = {"email": self.told["admin_email"], "password": self.told["admin_password"]}
        answer = self.http.post(f"{self.url}/auth/login", json=told, timeout=10)
        self.http.headers["Authorization"] = f"Bearer {answer.json()['access_token']}"
        return self

    def edit(self, method: str, path: str, **fields: Any) -> None:
        answer = self.http.request(method, f"{self.url}/api/{path}", params=NAMED, json=fields, timeout=10)
        assert answer.status_code < 300, answer.text


class Example(Child):
    """An example that serves at `url`, with the settings that its README names."""

    def __init__(self, command: list[str], flagplatform: Flagplatform, *, key: str, log: Path) -> None:
        port = free_port()
        self.url = f"http://localhost:{port}/"
        super().__init__(command, log=log, env={**settings(flagplatform, key), "PORT": str(port)})

    def wait(self) -> "Example":
        wait_for(self._answers, seconds=30)
        return self

    def checkout(self, visitor: str = "alice") -> str:
        """What the page says of the visitor's checkout."""
        said: str = requests.get(self.url, params={"visitor": visitor}, timeout=5).json()["checkout"]
        return said

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        try:
            return requests.get(self.url, timeout=5).ok
        except requests.RequestException:
            return False


Run = Callable[..., Example]


def settings(flagplatform: Flagplatform, key: str) -> dict[str, str]:
    """The environment of an example; `key` is the kind of key that it shows."""
    return {
        **os.environ,
        "FLAGPLATFORM_URL": flagplatform.url,
        "FLAGPLATFORM_KEY": flagplatform.told[f"{key}_key"],
        "PYTHONPATH": str(ROOT),
    }


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
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Copies of the examples for Node with their packages, which the processes of a test run install once together."""
    npm = reachable.npm().need()
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "examples"
    with alone(folder.with_suffix(".lock")):
        if not (folder / "node_modules").exists():
            install(npm, folder)
    return folder


def install(npm: str, folder: Path) -> None:
    """As one workspace, so that what several examples need is fetched once."""
    for name in FOR_NODE:
        unwanted = shutil.ignore_patterns("node_modules", "dist")
        shutil.copytree(EXAMPLES / name, folder / name, ignore=unwanted, dirs_exist_ok=True)
    (folder / "package.json").write_text(json.dumps({"private": True, "workspaces": FOR_NODE}))
    done = subprocess.run([npm, *INSTALL], cwd=folder, capture_output=True, text=True, timeout=300)
    if done.returncode != 0:
        shutil.rmtree(folder / "node_modules", ignore_errors=True)
        reachable.Part(
            "npm's registry", None, f"npm cannot install the examples' packages: {done.stderr[-500:]}"
        ).need()


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One process of the test run at a time."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
