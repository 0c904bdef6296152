"""How a client is: whether it has data, where that came from, and whether the server confirms it."""

from dataclasses import dataclass
from enum import StrEnum

from flagkit.client.events.counts import NONE, EventCounts


class State(StrEnum):
    """STARTING: no data yet. READY: confirmed by the server. STALE: it has data, and the server is away.
    REFUSED: the server does not accept the key; data that is there goes on answering. CLOSED: it follows no more.
    """

    STARTING = "STARTING"
    READY = "READY"
    STALE = "STALE"
    REFUSED = "REFUSED"
    CLOSED = "CLOSED"


class Source(StrEnum):
    """Where the data came from that answers now."""

    SERVER = "SERVER"
    DISK_COPY = "DISK_COPY"
    BOOTSTRAP = "BOOTSTRAP"
    DOCUMENTS = "DOCUMENTS"


@dataclass(frozen=True, slots=True)
class Status:
    """`revision` and `source` are None without data; `trouble` says what is wrong, empty where nothing is.

    `events` counts what became of those that were tracked.
    """

    state: State
    revision: int | None = None
    source: Source | None = None
    is_streaming: bool = False
    seconds_since_confirmed: float | None = None
    trouble: str = ""
    events: EventCounts = NONE
