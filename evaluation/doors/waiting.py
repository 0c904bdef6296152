"""How a question from who knows of a revision waits for it, where this process is not that far yet."""

import asyncio
import contextlib
from collections.abc import Iterator

from evaluation.doors.table import Door, Doors
from evaluation.doors.wire import Reply, Request
from evaluation.store import Store

MOST = 1_000  # questions that wait at a time; further ones are refused at once


class Waiting:
    """Asks a door again whenever something arrives in the store, as long as the caller would rather wait."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._count = 0

    async def answer(self, doors: Doors, door: Door, request: Request) -> Reply:
        reply = doors.answer(door, request)
        if reply.patience and self._count < MOST:
            reply = await self._wait(doors, door, request, reply)
        if reply.patience:
            request.may_wait = False
            reply = doors.answer(door, request)
        return reply

    async def _wait(self, doors: Doors, door: Door, request: Request, reply: Reply) -> Reply:
        """The first answer without patience, or the last one when the time is up."""
        with self._news() as news, contextlib.suppress(TimeoutError):
            async with asyncio.timeout(reply.patience):
                while (reply := doors.answer(door, request)).patience:
                    await news.wait()
                    news.clear()
        return reply

    @contextlib.contextmanager
    def _news(self) -> Iterator[asyncio.Event]:
        """Set by whatever thread replaces what is served."""
        loop, news = asyncio.get_running_loop(), asyncio.Event()

        def tell() -> None:
            with contextlib.suppress(RuntimeError):  # the server ended meanwhile
                loop.call_soon_threadsafe(news.set)

        self._store.watchers.append(tell)
        self._count += 1
        try:
            yield news
        finally:
            self._count -= 1
            self._store.watchers.remove(tell)
