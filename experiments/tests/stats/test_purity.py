"""Who serves flags never loads the statistics."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.checks import ROOT, embedded_environment


@pytest.mark.parametrize("door", ["flagplatform.asgi", "flagplatform.urls"])
def test_a_serving_process_starts_without_the_statistics(door: str, tmp_path: Path) -> None:
    program = (
        "import os, sys, django\n"
        "os.environ['DJANGO_SETTINGS_MODULE'] = 'flagplatform.settings'\n"
        "django.setup()\n"
        f"import {door}\n"
        "print(sorted({'experiments.stats', 'numpy', 'scipy', 'pandas'} & set(sys.modules)))"
    )
    environment = {**embedded_environment(tmp_path), "SECRET_KEY": "a secret that only tests use, long enough for HMAC"}
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip().splitlines()[-1] == "[]"
