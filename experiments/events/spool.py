"""Where events lie on this machine's disk while the database is away.

Each process appends to a file of its own, which it holds locked: a file that nobody holds is left over, and whoever
locks it may store what is in it. A file is a row of records, each with its length and a checksum before it.
"""

import contextlib
import fcntl
import logging
import os
import struct
import threading
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import xxhash

logger = logging.getLogger(__name__)

FULL_FILE = 16 * 1024 * 1024  # bytes after which the next file is begun: what is drained is deleted file by file
_HEAD = struct.Struct("<IQ")  # length and xxh3 of what follows
_ENDING = ".events"


class SpoolFull(Exception):
    """There is no room on the disk, or no more than may be taken, or the disk does not take it."""


class Spool:
    """What this process appends; `most` bytes may lie in the folder altogether, 0 for no spool."""

    def __init__(self, folder: Path, *, most: int) -> None:
        self.folder, self._most = folder, most
        self._appending = threading.Lock()
        self._file: int | None = None
        self._named: Path | None = None
        self._size = 0

    @property
    def is_there(self) -> bool:
        return self._most > 0

    def append(self, record: bytes) -> None:
        """On disk when this returns, not only on its way there. Raises SpoolFull."""
        written = _HEAD.pack(len(record), xxhash.xxh3_64_intdigest(record)) + record
        with self._appending:
            if size_of(self.folder) + len(written) > self._most:
                raise SpoolFull(f"the spool takes {self._most:,} bytes, and they are used up")
            try:
                self._write(written)
            except OSError as error:
                self._seal()  # its tail may be torn: nothing must be written behind that
                self._drop_empty()
                raise SpoolFull(f"the spool cannot be written: {error}") from error
            if self._size >= FULL_FILE:
                self._seal()

    def seal(self) -> None:
        """Let go of what was appended so far, so that it can be claimed."""
        with self._appending:
            self._seal()

    def _write(self, written: bytes) -> None:
        if self._file is None:
            self._named, self._size = self.folder / f"{uuid4()}{_ENDING}", 0
            self._file = _begun(self._named)
        left = memoryview(written)
        while left:
            left = left[os.write(self._file, left) :]
        os.fdatasync(self._file)
        self._size += len(written)

    def _seal(self) -> None:
        if self._file is not None:
            os.close(self._file)  # and with it the lock
            self._file = None

    def _drop_empty(self) -> None:
        """Where the disk is full, each try would leave a file without a record."""
        if self._named is not None and not self._size:
            with contextlib.suppress(OSError):
                self._named.unlink()
            self._named = None


def size_of(folder: Path) -> int:
    """Bytes that the spool takes."""
    found = 0
    with contextlib.suppress(FileNotFoundError):
        for file in folder.glob("*" + _ENDING):
            with contextlib.suppress(FileNotFoundError):  # drained meanwhile
                found += file.stat().st_size
    return found


def claimed(folder: Path) -> Iterator[tuple[Path, Iterator[bytes]]]:
    """Each file that nobody else holds, with its whole records; held until the next one is asked for."""
    for path in sorted(folder.glob("*" + _ENDING)):
        with contextlib.suppress(FileNotFoundError), path.open("rb") as file:
            if _is_locked(file.fileno()):
                yield path, _records(path, file.read())


def _records(path: Path, data: bytes) -> Iterator[bytes]:
    """What is whole. A process that was killed leaves a torn end, and what a disk spoiled costs that record alone."""
    start, damaged = 0, 0
    while start < len(data):
        length, checksum = _HEAD.unpack_from(data, start) if start + _HEAD.size <= len(data) else (0, 0)
        record = data[start + _HEAD.size : start + _HEAD.size + length]
        start += _HEAD.size + length
        if len(record) == length and xxhash.xxh3_64_intdigest(record) == checksum:
            yield record
        else:
            damaged += 1
    if damaged:
        logger.warning("%s records of %s are not whole and are left out", damaged, path.name)


def _begun(named: Path) -> int:
    """A new file, locked before it has the name by which others find it."""
    folder = named.parent
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    hidden = named.with_suffix(".new")
    file = os.open(hidden, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | os.O_CLOEXEC, 0o600)
    fcntl.flock(file, fcntl.LOCK_EX)
    hidden.rename(named)
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)
    return file


def _is_locked(file: int) -> bool:
    """Whether the lock is ours now."""
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
