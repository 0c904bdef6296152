"""Importing the engine is cheap, and engine and client ask for nothing but xxhash."""

import subprocess
import sys

import pytest

LISTING = "import sys; before = set(sys.modules); import {name}; print(*sorted(set(sys.modules) - before))"


def loaded(by="flagkit.engine"):
    run = subprocess.run([sys.executable, "-c", LISTING.format(name=by)], capture_output=True, text=True, check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize(
    "name", ["ipaddress", "zoneinfo", "json", "hashlib", "re2", "asyncio", "socket", "logging", "threading"]
)
def test_what_few_rules_need_is_not_imported_before(name):
    assert name not in loaded()


@pytest.mark.parametrize("name", ["flagkit.engine", "flagkit.client", "flagkit.testing"])
def test_nothing_but_xxhash_comes_from_outside(name):
    outside = {name.partition(".")[0] for name in loaded(by=name)} - set(sys.stdlib_module_names)
    assert outside <= {"flagkit", "xxhash", "mmh3"}
