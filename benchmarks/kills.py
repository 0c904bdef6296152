"""What is killed in the middle of everything and started again: a server, and the PostgreSQL below it."""

import os
import signal
from contextlib import suppress
from pathlib import Path

from tests.servers import Installation, OwnPostgres, Server, wait_for


class Phoenix:
    """The server of an installation; each one that takes the place of another has a port of its own."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._count = 0
        self._server = self._next()
        self._server.wait()

    @property
    def port(self) -> int:
        return self._server.port

    def kill(self) -> None:
        self._server.end(signal.SIGKILL)
        self._server.http.close()
        self._server = self._next()

    def wait(self) -> None:
        self._server.wait()

    def end(self) -> None:
        self._server.end()

    def _next(self) -> Server:
        self._count += 1
        return self._installation.serve(f"server-{self._count}")


def kill_postgres(postgres: OwnPostgres) -> None:
    """All of its processes at once, as a machine that fails does; then start it again."""
    noted = postgres.data / "postmaster.pid"
    main = int(noted.read_text().split()[0])
    os.kill(main, signal.SIGSTOP)  # it must not make further ones while they are looked for
    found = [main, *_children(main)]
    for pid in found:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)
    wait_for(lambda: not any(_lives(pid) for pid in found), seconds=20)
    for note in (noted, *postgres.data.glob(".s.PGSQL.*.lock")):
        note.unlink()  # a process that is dead and that nobody has reaped would pass for one that runs
    postgres.start()


def _children(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def _lives(pid: int) -> bool:
    """Zombies do not: in a container there may be nobody who reaps them."""
    with suppress(FileNotFoundError, ProcessLookupError):
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] != "Z"
    return False
