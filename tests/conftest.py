"""Installations that are ready to serve: copies of one that a test run prepares."""

import os
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.once import once
from tests.servers import Installation

Prepared = Callable[..., Installation]


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of the test run have in common."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def prepared(shared: Path) -> Prepared:
    """`prepared(folder, POLL_SECONDS="1")` is migrated, on SQLite, with Alice as its admin."""
    made = once(shared / "prepared", lambda folder: Installation(folder).prepare())

    def copied(folder: Path, **env: str) -> Installation:
        shutil.copytree(made, folder, dirs_exist_ok=True)
        return Installation(folder, **env)

    return copied
