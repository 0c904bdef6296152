"""Who waits in this process's event loop for news of an environment, and how they are woken."""

import asyncio
import contextlib
from collections import defaultdict
from collections.abc import Callable

from evaluation.snapshot import Snapshot
from evaluation.store import Store

BATCH = 50  # listeners that are woken before other requests get their turn


class Hub:
    """Watches the store from any thread, and wakes whoever listens to an environment that changed.

    A listener is an event that is set at every change. Nothing is queued for it: who wakes late sees the newest state.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._listeners: dict[str, set[asyncio.Event]] = defaultdict(set)
        self._known: dict[str, Snapshot] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._news = asyncio.Event()
        self._telling: asyncio.Task[None] | None = None
        self.is_open = False

    def __len__(self) -> int:
        return sum(map(len, self._listeners.values()))

    def open(self) -> None:
        """Begin, in the running event loop."""
        self._loop = asyncio.get_running_loop()
        self._store.watchers.append(self._notice)
        self._known = self._served()
        self.is_open = True
        self._telling = self._loop.create_task(self._tell())

    def close(self) -> None:
        """End, and wake everybody to see that."""
        if not self.is_open:
            return
        self.is_open = False
        self._store.watchers.remove(self._notice)
        self._news.set()
        for listeners in self._listeners.values():
            for listener in listeners:
                listener.set()

    def close_soon(self) -> None:
        """`close` from a signal handler or another thread."""
        self._call(self.close)

    def join(self, environment_id: str) -> asyncio.Event:
        listener = asyncio.Event()
        self._listeners[environment_id].add(listener)
        return listener

    def leave(self, environment_id: str, listener: asyncio.Event) -> None:
        self._listeners[environment_id].discard(listener)
        if not self._listeners[environment_id]:
            del self._listeners[environment_id]

    def _notice(self) -> None:
        self._call(self._news.set)

    def _call(self, what: Callable[[], None]) -> None:
        """From any thread, and perhaps too late: a loop that is closed by now has nobody to tell."""
        with contextlib.suppress(RuntimeError):
            if self._loop is not None:
                self._loop.call_soon_threadsafe(what)

    async def _tell(self) -> None:
        while self.is_open:
            await self._news.wait()
            self._news.clear()
            for at, listener in enumerate(self._concerned()):
                listener.set()
                if at % BATCH == BATCH - 1:
                    await asyncio.sleep(0)

    def _concerned(self) -> list[asyncio.Event]:
        """Who listens to an environment that is not what it was when they were last woken."""
        served = self._served()
        changed = [each for each in self._listeners if served.get(each) is not self._known.get(each)]
        self._known = served
        return [listener for environment_id in changed for listener in self._listeners[environment_id]]

    def _served(self) -> dict[str, Snapshot]:
        return {snapshot.address.id: snapshot for snapshot in self._store.snapshots()}
