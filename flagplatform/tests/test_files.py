"""How many connections fit is known before they come."""

import subprocess
import sys

import pytest

ASK = "from flagplatform.files import allow_connections; print(allow_connections({wanted}))"


@pytest.mark.parametrize(("soft", "hard", "fits"), [(1024, 4096, 2000), (1024, 1024, 512), (4000, 4000, 2000)])
def test_as_many_are_allowed_as_the_system_lets_us(soft: int, hard: int, fits: int) -> None:
    command = f'ulimit -Sn {soft} && ulimit -Hn {hard} && exec "$0" -c "{ASK.format(wanted=2000)}"'
    done = subprocess.run(["bash", "-c", command, sys.executable], capture_output=True, text=True, check=True)
    assert int(done.stdout) == fits
