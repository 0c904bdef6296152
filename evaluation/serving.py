"""The store that this process serves from, and when it starts and stops to follow."""

import gc
from typing import Any
from uuid import UUID

from django.conf import settings

from evaluation import redis_copy
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.publishing import published
from evaluation.store import Store
from evaluation.usage_keeping import UsageKeeper

store = Store()
_follower: Follower | None = None
_keeper: UsageKeeper | None = None


def listen() -> None:
    """Tell the other processes of every revision that is committed in this one, whether or not it serves."""
    published.connect(_announce, dispatch_uid="announce")


def start() -> None:
    """Serve: load the snapshots, keep them current and store how they are used, until `stop`."""
    global _follower, _keeper
    _follower = Follower(store, DiskCopy(settings.SNAPSHOT_DIR))
    published.connect(_notice, dispatch_uid="notice")
    _follower.start()
    _keeper = UsageKeeper(store)
    _keeper.start()
    gc.collect()
    gc.freeze()  # what was loaded stays for good: no collection has to walk through it while somebody waits


def stop() -> None:
    global _follower, _keeper
    if _keeper is not None:
        _keeper.stop()
        _keeper = None
    published.disconnect(dispatch_uid="notice")
    if _follower is not None:
        _follower.stop()
        _follower = None


def _announce(sender: type, environment_id: UUID | None, revision: int, **_: Any) -> None:
    redis_copy.announce(str(environment_id) if environment_id else None, revision)


def _notice(sender: type, **_: Any) -> None:
    if _follower is not None:
        _follower.notice()
