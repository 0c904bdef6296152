"""The worker beside the quickstart's server: started with it, started again when it dies, ended with it."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.conf import settings

SHORTEST, LONGEST = 1.0, 60.0  # seconds until a worker that died is started again: doubled each time
LIVED = 300.0  # seconds after which a death is the first one again
PATIENCE = 1.0  # seconds that it gets to end; whatever is left over then ends itself, because its parent is gone


def command() -> list[str]:
    return [sys.executable, str(settings.BASE_DIR / "manage.py"), "worker", "--beside", str(os.getpid())]


class Companion:
    """A child process and the thread that watches over it."""

    def __init__(self, start: Callable[[], list[str]] = command, *, shortest: float = SHORTEST) -> None:
        self._command = start
        self._shortest = shortest
        self._over = threading.Event()
        self._child: subprocess.Popen[bytes] | None = None
        self._lock = threading.Lock()

    @property
    def pid(self) -> int | None:
        return self._child.pid if self._child else None

    def start(self) -> None:
        threading.Thread(target=self._watch, daemon=True).start()

    def end(self) -> None:
        with self._lock:
            self._over.set()
            child = self._child
        if child is None or child.poll() is not None:
            return
        child.send_signal(signal.SIGTERM)
        try:
            child.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()

    def _watch(self) -> None:
        pause = self._shortest
        while (child := self._begin()) is not None:
            begun = time.monotonic()
            child.wait()
            pause = self._shortest if time.monotonic() - begun > LIVED else pause
            if self._over.wait(pause):
                return
            pause = min(2 * pause, LONGEST)

    def _begin(self) -> subprocess.Popen[bytes] | None:
        with self._lock:
            if self._over.is_set():
                return None
            self._child = subprocess.Popen(  # noqa: S603 - our own command
                self._command(),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                start_new_session=True,  # Ctrl-C is for the server, which ends it
            )
            return self._child


@contextmanager
def beside(is_wanted: bool) -> Iterator[Callable[[], None]]:
    """Gives what starts the worker once the server is ready; it ends where the block ends."""
    companion = Companion()
    try:
        yield companion.start if is_wanted else _nothing
    finally:
        companion.end()


def _nothing() -> None:
    """There is no worker to start."""
