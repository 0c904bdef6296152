"""Housekeeping of events where they are analysed; whoever imports this loads the engines."""

from datetime import datetime

from django.conf import settings

from experiments.analysis import compaction, parts, retention
from experiments.analysis.stores import store_for


def compact(now: datetime) -> int:
    return compaction.compact(store_for(), now=now)


def merge(now: datetime) -> int:
    return parts.merge_parts(store_for(), now=now)


def forget(now: datetime) -> int:
    return retention.forget_events(now=now, days=settings.EVENTS_DAYS)


def delete_retired(now: datetime) -> int:
    return parts.delete_retired(store_for(), now=now)


def remove_litter(now: datetime) -> int:
    return parts.remove_litter(store_for(), now=now)
