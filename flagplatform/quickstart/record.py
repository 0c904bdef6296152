"""What a start tells scripts, and the next start: one small JSON file that only its owner can read."""

import json
import os
from dataclasses import asdict, dataclass, fields
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Record:
    """Where the server answers and what to sign in with; None where that is not known here."""

    url: str | None = None
    admin_email: str | None = None
    admin_password: str | None = None
    server_key: str | None = None
    client_key: str | None = None
    pid: int | None = None

    def save(self, file: Path) -> None:
        """Whole or not at all: readers find the old content or the new one."""
        written = file.with_name(f".{file.name}.{os.getpid()}")
        with os.fdopen(os.open(written, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as stream:
            json.dump(asdict(self), stream, indent=2)
            stream.write("\n")
        written.replace(file)

    @property
    def runs(self) -> bool:
        """Whether the process that this was written for is still there."""
        if self.pid is None:
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return False
        except PermissionError:
            return True
        return True


def load(file: Path) -> Record:
    """The record in the file; an empty one when there is none that can be read."""
    try:
        kept = json.loads(file.read_text())
        return Record(**{field.name: kept.get(field.name) for field in fields(Record)})
    except (OSError, ValueError, AttributeError):
        return Record()
