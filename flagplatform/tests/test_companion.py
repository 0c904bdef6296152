"""The worker beside the quickstart's server: there as long as the server, and there again when it dies."""

import os
import signal
import sys

import pytest

from flagplatform.quickstart.companion import Companion
from tests.servers import wait_for

SLEEPING = [sys.executable, "-c", "import time; time.sleep(60)"]


@pytest.mark.server
def test_worker_that_dies_is_started_again_until_the_server_ends() -> None:
    companion = Companion(lambda: SLEEPING, shortest=0.01)
    companion.start()
    wait_for(lambda: companion.pid, seconds=10)
    first = companion.pid
    assert first
    os.kill(first, signal.SIGKILL)
    wait_for(lambda: companion.pid not in (None, first), seconds=10)
    second = companion.pid
    companion.end()
    assert second
    with pytest.raises(ProcessLookupError):
        os.kill(second, 0)
    assert companion.pid == second
