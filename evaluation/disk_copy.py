"""The last good snapshots on disk, so that a process can start with everything else down."""

import logging
import os
import tempfile
from pathlib import Path

from evaluation.snapshot import BadSnapshot, Snapshot, from_bytes, to_bytes
from evaluation.vitals import vitals

logger = logging.getLogger(__name__)


class DiskCopy:
    """One file per environment, replaced as a whole or not at all, readable by its owner only."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._saved: dict[str, Snapshot] = {}

    def load_all(self) -> list[Snapshot]:
        """Every snapshot that is whole; a damaged file is left alone and said so."""
        found = []
        for path in sorted(self._folder.glob("*.snapshot")):
            try:
                found.append(from_bytes(path.read_bytes()))
            except (BadSnapshot, OSError) as error:
                vitals.rejected["disk", getattr(error, "reason", "unreadable")] += 1
                logger.warning("disk copy %s is left out: %s", path.name, error)
        return found

    def keep(self, snapshots: list[Snapshot]) -> None:
        """Make the folder hold these; a full or read-only disk costs the copy, never the service."""
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            for snapshot in snapshots:
                if self._saved.get(snapshot.address.id) is not snapshot:
                    self._write(snapshot)
            self._forget({snapshot.address.id for snapshot in snapshots})
        except OSError as error:
            logger.warning("the disk copy could not be written: %s", error)

    def _write(self, snapshot: Snapshot) -> None:
        handle, temporary = tempfile.mkstemp(dir=self._folder)
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(to_bytes(snapshot))
                file.flush()
                os.fsync(file.fileno())
            os.replace(temporary, self._path(snapshot.address.id))
        except OSError:
            Path(temporary).unlink(missing_ok=True)
            raise
        self._saved[snapshot.address.id] = snapshot

    def _forget(self, kept: set[str]) -> None:
        for environment_id in set(self._saved) - kept:
            self._path(environment_id).unlink(missing_ok=True)
            del self._saved[environment_id]

    def _path(self, environment_id: str) -> Path:
        return self._folder / f"{environment_id}.snapshot"
