"""The store that this process serves from, the intake of its events, and when both start and stop."""

import gc
from typing import Any
from uuid import UUID

from django.conf import settings

from evaluation import redis_copy
from evaluation.disk_copy import DiskCopy
from evaluation.exposure_keeping import ExposureKeeper
from evaluation.following import Follower
from evaluation.publishing import published
from evaluation.store import Store
from evaluation.usage_keeping import UsageKeeper
from experiments.events.draining import Drainer
from experiments.events.intake import Intake
from experiments.events.keeping import Keeper
from experiments.events.spool import Spool

store = Store()
_events = Keeper(Spool(settings.EVENTS_SPOOL_DIR, most=settings.EVENTS_SPOOL_BYTES))
intake, _drainer = Intake(_events), Drainer(_events)
_exposures: ExposureKeeper | None = None
_follower: Follower | None = None
_keeper: UsageKeeper | None = None


def listen() -> None:
    """Tell the other processes of every revision that is committed in this one, whether or not it serves."""
    published.connect(_announce, dispatch_uid="announce")


def start() -> None:
    """Serve: load the snapshots, keep them current and store how they are used, take events, until `stop`."""
    global _follower, _keeper, _exposures
    intake.start()
    _drainer.start()
    _exposures = ExposureKeeper(store.exposures, intake)
    _exposures.start()
    _follower = Follower(store, DiskCopy(settings.SNAPSHOT_DIR))
    published.connect(_notice, dispatch_uid="notice")
    _follower.start()
    _keeper = UsageKeeper(store)
    _keeper.start()
    gc.collect()
    gc.freeze()  # what was loaded stays for good: no collection has to walk through it while somebody waits


def stop() -> None:
    global _follower, _keeper, _exposures
    if _exposures is not None:
        _exposures.stop()
        _exposures = None
    intake.stop()
    _drainer.stop()
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
