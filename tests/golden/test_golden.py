"""Nobody's answer changes: not with a release, a process or a hash seed."""

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.golden.answers import ANSWERS, FOLDER, NEEDS_RE2
from tests.golden.check import differing
from tests.golden.grow import SEALS, seal

ROOT = Path(__file__).parents[2]
HERE = [name for name in ANSWERS if name not in NEEDS_RE2 or find_spec("re2")]


def lines_of(name):
    return (FOLDER / name).read_text(encoding="utf-8").splitlines(keepends=True)


@pytest.mark.parametrize("name", ANSWERS)
def test_every_answer_is_the_one_that_was_given(name):
    if name in NEEDS_RE2:
        pytest.importorskip("re2", reason="google-re2 is not installed")
    assert differing(name) == []


@pytest.mark.parametrize("hash_seed", ["0", "1", "4242"])
def test_answers_do_not_depend_on_the_hash_seed(hash_seed):
    environment = {**os.environ, "PYTHONHASHSEED": hash_seed}
    command = [sys.executable, "-m", "tests.golden.check", *HERE]
    run = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert (run.returncode, run.stdout.strip()) == (0, ""), run.stderr


def test_there_are_ten_thousand_rows():
    assert sum(len(lines_of(name)) for name in ANSWERS) >= 10_000


@pytest.mark.parametrize("name", ANSWERS)
def test_rows_that_stand_were_never_edited(name):
    lines = lines_of(name)
    for sealed in json.loads(SEALS.read_text())[name]:
        assert seal(lines[: sealed["rows"]]) == sealed["sha256"]
    assert sealed["rows"] == len(lines), "run python -m tests.golden.grow to seal the new rows"
