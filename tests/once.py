"""What is made once for all processes of a test run."""

import fcntl
import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


def once(folder: Path, make: Callable[[Path], object]) -> Path:
    """The folder as `make` filled it; where it fails, the next process tries again."""
    with alone(folder.with_suffix(".lock")):
        if not folder.exists():
            begun = folder.with_suffix(".begun")
            shutil.rmtree(begun, ignore_errors=True)
            begun.mkdir()
            make(begun)
            begun.rename(folder)
    return folder


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """One process of the test run at a time."""
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
