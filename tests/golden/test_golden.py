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


@pytest.mark.parametrize("name", ["xxh64", "experiments-murmur3"])
def test_a_thousand_users_and_salts_have_their_bucket_and_variant(name):
    rows = [row for row in map(json.loads, lines_of("experiments.jsonl")) if row["algorithm"] == name]
    assert len({(row["user"], row["salt"]) for row in rows}) >= 1_000
    for row in rows:
        at, variant = row["is"]
        ranges = {key: pair for key, pairs in row["allocations"].items() for pair in pairs if pair[0] <= at <= pair[1]}
        assert ([variant] if variant else []) == list(ranges)


def test_murmur3_rows_are_what_its_own_library_says():
    mmh3 = pytest.importorskip("mmh3", reason="mmh3 is not installed")
    rows = [row for row in map(json.loads, lines_of("experiments.jsonl")) if row["algorithm"] == "experiments-murmur3"]
    for row in rows:
        assert row["is"][0] == mmh3.hash(f"{row['user']}:{row['salt']}".encode(), signed=False) % 10_000


@pytest.mark.parametrize("name", ANSWERS)
def test_rows_that_stand_were_never_edited(name):
    lines = lines_of(name)
    for sealed in json.loads(SEALS.read_text())[name]:
        assert seal(lines[: sealed["rows"]]) == sealed["sha256"]
    assert sealed["rows"] == len(lines), "run python -m tests.golden.grow to seal the new rows"
