"""How a part becomes a file that is there whole or not at all, and stays there when the power fails."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_UNFINISHED = ".writing"
ENDINGS = (".parquet", f".parquet{_UNFINISHED}")


@contextmanager
def finished(file: Path, *, below: Path) -> Iterator[Path]:
    """Where to write it: what is there at the end becomes the file. Directories down from `below` are made."""
    _make(file.parent, below=below)
    unfinished = file.with_name(file.name + _UNFINISHED)
    try:
        yield unfinished
        _sync(unfinished)
        unfinished.replace(file)
    except Exception:
        unfinished.unlink(missing_ok=True)  # a full disk is not filled further by what is tried again
        raise
    _sync(file.parent)


def _make(folder: Path, *, below: Path) -> None:
    if folder.is_dir():
        return
    if folder != below:
        _make(folder.parent, below=below)
    folder.mkdir(exist_ok=True, parents=folder == below)
    _sync(folder.parent)


def _sync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
