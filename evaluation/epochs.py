"""How what is served relates to what the database tells: the same, behind it, or from a history that it no longer has.

A database that was restored to an older state counts on from there, so that a revision number alone may name two
configurations. The instant at which a revision was written (its mark) tells them apart, and an epoch that only grows
tells which of two histories is the later one.
"""

import logging
import time
from enum import Enum

from django.db import transaction

from evaluation import reading, redis_copy
from evaluation.models import Head
from evaluation.reading import Position
from evaluation.snapshot import Snapshot
from evaluation.vitals import vitals

logger = logging.getLogger(__name__)


class Way(Enum):
    """From what is served to what the database tells."""

    NONE = "it is the same"
    CHANGES = "what changed since leads there"
    WHOLE = "everything has to be read"
    SET_BACK = "the database no longer knows what is served"


def way(served: Snapshot, head: Position) -> Way:
    if served.epoch < head.epoch:
        return Way.WHOLE
    if served.epoch > head.epoch or served.revision > head.revision:
        return Way.SET_BACK
    if not served.revision:
        return Way.CHANGES if head.revision else Way.NONE
    is_newest = served.revision == head.revision
    mark = head.mark if is_newest else reading.mark_of(served.address.id, served.revision)
    if not mark or not served.mark:
        return Way.WHOLE
    if mark != served.mark:
        return Way.SET_BACK
    return Way.NONE if is_newest else Way.CHANGES


def begin(environment_id: str, *, beyond: int) -> Position:
    """Begin an epoch later than `beyond`, unless somebody has, and say where the environment stands in it."""
    with transaction.atomic():
        Head.objects.get_or_create(environment_id=environment_id)
        head = Head.objects.select_for_update().get(environment_id=environment_id)
        if head.epoch <= beyond:
            head.epoch = max(beyond + 1, time.time_ns() // 1_000_000)
            head.save(update_fields=["epoch"])
            vitals.epochs += 1
            logger.warning("environment %s begins epoch %s at revision %s", environment_id, head.epoch, head.revision)
    redis_copy.remove(environment_id)
    redis_copy.announce(None, 0)  # without a number, for it may be lower than what others serve
    return reading.position(environment_id)


def begin_everywhere() -> list[tuple[str, int]]:
    """Begin an epoch in every environment; their names in words, each with its epoch."""
    return [
        (f"{address.project}/{address.key}", begin(address.id, beyond=head.epoch).epoch)
        for address, head in reading.addresses()
    ]
