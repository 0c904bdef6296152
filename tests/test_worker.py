"""The worker as a process of its own."""

import signal
import sys
import time
from pathlib import Path

import pytest

from tests.servers import Child, Installation, wait_for

pytestmark = pytest.mark.server


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_worker_stops_when_told(tmp_path: Path, how: signal.Signals) -> None:
    installation = Installation(tmp_path).prepare()
    worker = Child([sys.executable, "manage.py", "worker"], log=tmp_path / "worker.log", env=installation.env)
    try:
        wait_for(lambda: "worker: at work" in worker.log.read_text(), seconds=20)
        before = time.monotonic()
    finally:
        assert worker.end(how) == 0
    assert time.monotonic() - before < 2
    assert "Traceback" not in worker.log.read_text()
