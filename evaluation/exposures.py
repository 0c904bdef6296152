"""Exposures that decisions were asked to record, noted while answering: nobody waits until they are stored.

A user's exposure to a variant is one event a day, however often it is noted. What waits is bounded: past MOST,
exposures are dropped and counted.
"""

import threading
import time
from collections import OrderedDict, deque
from collections.abc import Iterable, Mapping
from typing import Any

import orjson
import xxhash

from experiments.events.counts import counts
from experiments.events.instants import DAY
from experiments.events.items import Item, Rejected, attributes_text

MOST = 20_000  # exposures that wait, and that are known to have been noted
LONGEST = 255  # characters of a user key
Name = tuple[str, str]  # of an experiment and its variant


class Exposures:
    """The lane of one process from its decisions to its intake."""

    def __init__(self) -> None:
        self._lane: deque[Item] = deque()
        self._noted: OrderedDict[tuple[str, int, str, str, str], None] = OrderedDict()
        self.news = threading.Event()

    def note(self, environment_id: str, user_key: str, names: Iterable[Name], attributes: Mapping[str, Any]) -> None:
        """Record that the user saw these variants now."""
        now = time.time_ns() // 1_000
        day, text = now // DAY, None
        for experiment, variant in names:
            key = (environment_id, day, experiment, variant, user_key)
            if key in self._noted:
                continue
            if len(self._lane) >= MOST or len(user_key) > LONGEST:
                counts.dropped["exposures"] += 1
                continue
            text = _bounded(attributes) if text is None else text
            self._noted[key] = None
            self._lane.append(_item(key, now, text))
        while len(self._noted) > MOST:
            self._noted.popitem(last=False)
        if self._lane and not self.news.is_set():
            self.news.set()

    def take(self, most: int) -> list[Item]:
        """The oldest ones that wait."""
        return [self._lane.popleft() for _ in range(min(most, len(self._lane)))]

    def put_back(self, items: list[Item]) -> None:
        self._lane.extendleft(reversed(items))


def _bounded(attributes: Mapping[str, Any]) -> str:
    """The attributes, none where they are more than events may have."""
    try:
        return attributes_text(attributes) if attributes else ""
    except Rejected:
        return ""


def _item(key: tuple[str, int, str, str, str], now: int, attributes: str) -> Item:
    environment_id, day, experiment, variant, user_key = key
    event_id = xxhash.xxh3_128_hexdigest(orjson.dumps(key))
    return Item(environment_id, day, event_id, "exposure", experiment, variant, user_key, None, now, attributes)
