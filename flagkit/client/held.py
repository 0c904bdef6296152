"""What a client answers from: newer good data replaces older, and nothing else replaces anything."""

import logging
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from flagkit.client.configuration import AUDIENCE, EXPERIMENT, FLAG, Configuration
from flagkit.client.events.counts import EventCounts
from flagkit.client.status import Source, State, Status

logger = logging.getLogger("flagkit")


@dataclass(frozen=True, slots=True)
class Change:
    """A new revision answers: the keys of what came, went or is different since the one before."""

    revision: int
    flags: frozenset[str]
    audiences: frozenset[str]
    experiments: frozenset[str] = frozenset()


class Held:
    """Read without a lock, by one reference; written by the one thread that fetches."""

    def __init__(self) -> None:
        self.configuration: Configuration | None = None
        self.is_streaming = False
        self.count_events: Callable[[], EventCounts] = EventCounts
        self._source: Source | None = None
        self._confirmed_at: float | None = None
        self._trouble = ""
        self._is_refused = False
        self._is_closed = False
        self._settled = threading.Event()
        self._on_settled: list[Callable[[object], None]] = []
        self._on_change: list[Callable[[Change], None]] = []
        self._on_status: list[Callable[[Status], None]] = []
        self._told: State = State.STARTING

    def load(self, found: Configuration, source: Source) -> None:
        """Take what was at hand at the start, unless something newer is here."""
        if self.configuration is None or found.position > self.configuration.position:
            self.configuration, self._source = found, source

    def confirm(self, found: Configuration) -> bool:
        """The server says that this is the configuration. Whether it took the place of another one."""
        before = self.configuration
        if before is not None and before.is_of_same_environment(found) and found.position < before.position:
            found = before  # a server process that lags behind
        self.configuration, self._source, self._confirmed_at = found, Source.SERVER, time.monotonic()
        self._is_refused = False
        self._note("")
        self.settle()
        if found is not before:
            _tell(self._on_change, _change(before, found))
        self._tell_status()
        return found is not before

    def fail(self, trouble: str, *, is_refused: bool = False) -> None:
        """The server could not be asked, or did not accept the key: what stands goes on answering."""
        self._is_refused = is_refused
        self._note(trouble)
        if self.configuration is not None or is_refused:
            self.settle()
        self._tell_status()

    def close(self) -> None:
        self._is_closed = True
        self.settle()
        self._tell_status()

    def settle(self) -> None:
        """From now on nobody waits: what stands is what there is."""
        self._settled.set()
        _tell(self._on_settled, None)
        self._on_settled.clear()

    def wait(self, timeout: float | None) -> bool:
        """Whether there is data, once the server was asked or the time is over."""
        self._settled.wait(timeout)
        return self.configuration is not None

    def when_settled(self, then: Callable[[], None]) -> Callable[[], None]:
        """Call this once nobody has to wait any more, now or later; what is returned takes that back."""
        forget = _added(self._on_settled, lambda _: then())
        if self._settled.is_set():
            then()
        return forget

    def status(self) -> Status:
        since = None if self._confirmed_at is None else time.monotonic() - self._confirmed_at
        revision = None if self.configuration is None else self.configuration.revision
        events = self.count_events()
        return Status(self.state(), revision, self._source, self.is_streaming, since, self._trouble, events)

    def state(self) -> State:
        if self._is_closed:
            return State.CLOSED
        if self._is_refused:
            return State.REFUSED
        if self.configuration is None:
            return State.STARTING
        is_own = self._source is Source.DOCUMENTS
        return State.READY if is_own or (self._confirmed_at is not None and not self._trouble) else State.STALE

    def listen(self, on_change: Callable[[Change], None]) -> Callable[[], None]:
        return _added(self._on_change, on_change)

    def listen_status(self, on_status: Callable[[Status], None]) -> Callable[[], None]:
        return _added(self._on_status, on_status)

    def after_fork(self) -> None:
        """What a thread of the parent may have held at the fork is made anew."""
        settled, self._settled = self._settled.is_set(), threading.Event()
        self.is_streaming = False
        if settled:
            self._settled.set()

    def _note(self, trouble: str) -> None:
        """Log when trouble begins and when it is over, not at every attempt in between."""
        if bool(trouble) != bool(self._trouble):
            logger.warning(trouble or "the server answers again")
        self._trouble = trouble

    def _tell_status(self) -> None:
        state = self.state()
        if state is not self._told:
            self._told = state
            _tell(self._on_status, self.status())


def _tell(listeners: Sequence[Callable[[Any], None]], what: object) -> None:
    for listener in tuple(listeners):
        try:
            listener(what)
        except Exception:
            logger.exception("a listener failed")


def _added(listeners: list[Any], listener: Any) -> Callable[[], None]:
    """What takes the listener away again, however often it is called."""
    listeners.append(listener)

    def remove() -> None:
        if listener in listeners:
            listeners.remove(listener)

    return remove


def _change(before: Configuration | None, after: Configuration) -> Change:
    old, new = ({} if each is None else each.texts for each in (before, after))
    names = {name for name in {*old, *new} if old.get(name) != new.get(name)}
    kinds = (FLAG, AUDIENCE, EXPERIMENT)
    return Change(after.revision, *(frozenset(key for kind, key in names if kind == wanted) for wanted in kinds))
