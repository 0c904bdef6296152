"""What must be there before the server starts: the tables, the demo project, and credentials that work."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from django.core.management import call_command
from django.db import connections

from accounts.models import User
from flagplatform import demo
from flagplatform.quickstart import credentials
from flagplatform.quickstart.record import Record


def prepare(kept: Record, *, data: Path, with_demo: bool) -> Record:
    """Bring database and demo data to where they should be; the record carries credentials that work now."""
    with _one_at_a_time(data / "quickstart.lock"):
        call_command("migrate", verbosity=0, interactive=False)
        now = credentials.working(kept)
        by = User.objects.filter(email=now.admin_email).first()
        if with_demo and by is not None:
            demo.seed(by=by)
    connections.close_all()
    return now


@contextmanager
def _one_at_a_time(file: Path) -> Iterator[None]:
    with file.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield
