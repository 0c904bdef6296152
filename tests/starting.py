"""`./start` as a process of a test."""

import json
import signal
import sys
from typing import Any, Self

from tests.servers import Child, Installation, wait_for


class Started(Child):
    """A running quickstart; `told` is what it wrote for scripts."""

    def __init__(self, installation: Installation, *options: str, seconds: float = 60) -> None:
        self.file = installation.folder / "told.json"
        self.file.unlink(missing_ok=True)
        command = [sys.executable, "manage.py", "quickstart", "--port", "0", "--json", str(self.file), *options]
        env = {"WORKER": "0", **installation.env}  # most tests have no use for it, and it costs as much as a server
        super().__init__(command, log=installation.folder / "start.log", env=env)
        try:
            wait_for(self._answers, seconds=seconds)
        except AssertionError:
            self.end(signal.SIGKILL)
            raise
        self.told: dict[str, Any] = json.loads(self.file.read_text())
        self.url: str = self.told["url"]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log.read_text()
        return self.file.exists() and "Ask it something" in self.log.read_text()
