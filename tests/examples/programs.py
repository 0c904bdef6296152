"""A Flagplatform as `./start` makes it, and the examples as processes beside it."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import requests

from tests.servers import ROOT, Child, free_port, wait_for
from tests.starting import Started

EXAMPLES = ROOT / "examples"
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
