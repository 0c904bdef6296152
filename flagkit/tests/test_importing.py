"""Importing the engine is cheap, and asks for nothing but xxhash."""

import subprocess
import sys

import pytest

LISTING = "import sys; before = set(sys.modules); import flagkit.engine; print(*sorted(set(sys.modules) - before))"


def loaded():
    run = subprocess.run([sys.executable, "-c", LISTING], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("name", ["ipaddress", "zoneinfo", "json", "hashlib", "re2", "asyncio", "socket", "logging"])
def test_what_few_rules_need_is_not_imported_before(name):
    assert name not in loaded()


def test_nothing_but_xxhash_comes_from_outside():
    outside = {name.partition(".")[0] for name in loaded()} - set(sys.stdlib_module_names)
    assert outside <= {"flagkit", "xxhash", "mmh3"}
