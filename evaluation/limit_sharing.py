"""How the processes of an installation keep one limit together: each tells Redis what it granted, beside the requests.

No request waits for it. Between two exchanges a process grants what its own bucket holds, so of P processes that begin
with full buckets at the same moment each may grant a whole minute's worth; what was too much is owed, and taken out
of what follows, up to one minute's worth.
"""

import asyncio
import contextlib
import logging
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import islice

from evaluation import redis_buckets
from evaluation.buckets import Bucket, Buckets
from evaluation.redis_buckets import Granted

logger = logging.getLogger(__name__)

EVERY = 0.25  # seconds between two exchanges
_MOST = 1_000  # buckets told of at once: a few milliseconds of Redis; the others are told of when they are asked again


class LimitSharing:
    """Shares these buckets, by a name for each kind, from `open` to `close`. Both are called in the event loop.

    Only the event loop touches buckets; the thread beside it sees numbers.
    """

    def __init__(self, kinds: Mapping[str, Buckets]) -> None:
        self._kinds = kinds
        self._sharing: asyncio.Task[None] | None = None

    def open(self) -> None:
        if redis_buckets.is_configured():
            for buckets in self._kinds.values():
                buckets.asked = {}
            self._sharing = asyncio.get_running_loop().create_task(self._share())

    async def close(self) -> None:
        if self._sharing is not None:
            self._sharing.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._sharing

    async def _share(self) -> None:
        with ThreadPoolExecutor(1, thread_name_prefix="limits") as thread:
            while True:
                await asyncio.sleep(EVERY)
                try:
                    await self._exchange(thread)
                except Exception:
                    logger.exception("this exchange of limits failed, the next one comes")

    async def _exchange(self, thread: ThreadPoolExecutor) -> None:
        asked = self._asked()
        if asked:
            granted = {name: Granted(bucket.spent, bucket.limit) for name, bucket in asked.items()}
            owed = await asyncio.get_running_loop().run_in_executor(thread, redis_buckets.tell, granted)
            _learn(asked, owed, granted)

    def _asked(self) -> dict[str, Bucket]:
        found = {}
        for kind, buckets in self._kinds.items():
            assert buckets.asked is not None, "open first"
            asked, buckets.asked = buckets.asked, {}
            found.update({f"{kind}:{caller}": bucket for caller, bucket in islice(asked.items(), _MOST)})
        return found


def _learn(asked: Mapping[str, Bucket], owed: Mapping[str, float], granted: Mapping[str, Granted]) -> None:
    now = time.monotonic()
    for name, seconds in owed.items():
        asked[name].learn(seconds, now, told=granted[name].requests)
