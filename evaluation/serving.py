"""The store that this process serves from, and when it starts and stops to follow."""

from typing import Any
from uuid import UUID

from django.conf import settings

from evaluation import redis_copy
from evaluation.disk_copy import DiskCopy
from evaluation.following import Follower
from evaluation.publishing import published
from evaluation.store import Store

store = Store()
_follower: Follower | None = None


def listen() -> None:
    """Tell the other processes of every revision that is committed in this one, whether or not it serves."""
    published.connect(_announce, dispatch_uid="announce")


def start() -> None:
    """Serve: load the snapshots and keep them current until `stop`."""
    global _follower
    _follower = Follower(store, DiskCopy(settings.SNAPSHOT_DIR))
    published.connect(_notice, dispatch_uid="notice")
    _follower.start()


def stop() -> None:
    global _follower
    published.disconnect(dispatch_uid="notice")
    if _follower is not None:
        _follower.stop()
        _follower = None


def _announce(sender: type, environment_id: UUID | None, revision: int, **_: Any) -> None:
    redis_copy.announce(str(environment_id) if environment_id else None, revision)


def _notice(sender: type, **_: Any) -> None:
    if _follower is not None:
        _follower.notice()
