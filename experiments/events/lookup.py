"""The names of each environment that events come for: held in memory, renewed from the database beside the event loop.

The database is asked once a second at most for an environment, however many unknown names come in: whoever asks for
fresh names shares the next look with everybody else who does.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from django.db import connection

from experiments.events.keeping import AWAY
from experiments.events.names import Names, load_names

logger = logging.getLogger(__name__)

LASTING = 10.0  # seconds until names are looked at again, for those that are gone
BETWEEN = 1.0  # seconds between two looks


@dataclass(frozen=True, slots=True)
class _Held:
    names: Names
    asked_at: float


class Lookup:
    """One for all requests of an event loop; `load` runs in a thread of its own, every `between` seconds at most."""

    def __init__(self, load: Callable[[str], Names] = load_names, *, between: float = BETWEEN) -> None:
        self._load, self._between = load, between
        self._held: dict[str, _Held] = {}
        self._asked_at: dict[str, float] = {}
        self._coming: dict[str, asyncio.Task[Names | None]] = {}
        self._failed_at = float("-inf")
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="event-names")

    def held(self, environment_id: str) -> Names | None:
        """The names that are held, None before there are any; they are renewed in the background from time to time."""
        held = self._held.get(environment_id)
        if held is None:
            return None
        if time.monotonic() - self._asked_at[environment_id] > LASTING:
            self._begin(environment_id)
        return held.names

    async def fresh(self, environment_id: str) -> Names | None:
        """The names as the database has them from now on; None where it does not answer."""
        return await asyncio.shield(self._begin(environment_id))

    def _begin(self, environment_id: str) -> "asyncio.Task[Names | None]":
        task = self._coming.get(environment_id)
        if task is None or task.get_loop() is not asyncio.get_running_loop():
            task = asyncio.get_running_loop().create_task(self._renew(environment_id))
            self._coming[environment_id] = task
        return task

    async def _renew(self, environment_id: str) -> Names | None:
        last = self._asked_at.get(environment_id)
        if last is not None:
            await asyncio.sleep(last + self._between - time.monotonic())
        self._coming.pop(environment_id, None)  # who asks from here on may know of something later
        self._asked_at[environment_id] = asked_at = time.monotonic()
        names = await asyncio.get_running_loop().run_in_executor(self._thread, self._loaded, environment_id)
        if names is not None:
            self._held[environment_id] = _Held(names, asked_at)
        return names

    def _loaded(self, environment_id: str) -> Names | None:
        if time.monotonic() - self._failed_at < self._between:
            return None  # those who queue behind one that waited in vain do not wait as well
        try:
            return self._load(environment_id)
        except AWAY as error:
            self._failed_at = time.monotonic()
            logger.warning("names of events are not looked up while the database is away: %s", error)
            return None
        finally:
            connection.close()
