"""What this process serves: for each environment the last good snapshot, found by the names that callers use.

Readers take no lock: they look up one snapshot and use that object for the whole request. Writers take turns, and put a
new snapshot in place by one assignment. Newer valid data replaces older; nothing empty, broken or older ever replaces
good data.
"""

import threading
import time
from collections.abc import Callable, Iterable, Mapping

from evaluation.again import Again
from evaluation.callers import Callers, callers_of
from evaluation.exposures import Exposures
from evaluation.known_keys import KnownKey
from evaluation.seen import SeenAttributes
from evaluation.snapshot import Address, Snapshot
from evaluation.unknown import UnknownFlags
from evaluation.usage import Ledger
from evaluation.vitals import Durations

DEFAULT_PROJECT = "default"


class Store:
    """Snapshots by environment, and when the database last confirmed them."""

    def __init__(self) -> None:
        self._writing = threading.Lock()
        self._by_id: Mapping[str, Snapshot] = {}
        self._by_name: Mapping[tuple[str, str], Snapshot] = {}
        self._addresses: list[Address] = []
        self._by_key: Mapping[str, Snapshot] = {}
        self._keys: Mapping[str, KnownKey] = {}
        self._confirmed_at: float | None = None
        self.callers = Callers()
        self.again = Again()  # what was answered from just what is served now
        self.is_ready = False
        self.seen = SeenAttributes()
        self.exposures = Exposures()
        self.usage = Ledger(lambda snapshot: snapshot.ruleset)
        self.experiment_usage = Ledger(lambda snapshot: snapshot.running)
        self.unknown = UnknownFlags()
        self.durations = Durations()
        self.timed = self.durations.note  # a door calls it with the nanoseconds that its answer took
        self.sources: dict[str, str] = {}
        self.watchers: list[Callable[[], None]] = []  # told, in whatever thread, that something may have changed

    def find(self, project: str, environment: str) -> Snapshot | None:
        """The snapshot of an environment named by key, id or name in a project (empty: `default`)."""
        project = project or DEFAULT_PROJECT
        found = self._by_name.get((project, environment))
        return found or self._by_name.get((project, environment.lower()))

    def key(self, key_hash: str) -> KnownKey | None:
        """The API key with this hash, whichever environment it belongs to; also one that has expired."""
        return self._keys.get(key_hash)

    def find_by_key(self, key_hash: str) -> Snapshot | None:
        """The snapshot of the environment to which the API key with this hash belongs."""
        return self._by_key.get(key_hash)

    def has_project(self, project: str) -> bool:
        return any(s.address.project == (project or DEFAULT_PROJECT) for s in self._by_id.values())

    def snapshots(self) -> list[Snapshot]:
        return list(self._by_id.values())

    def get(self, environment_id: str) -> Snapshot | None:
        return self._by_id.get(environment_id)

    def serves(self, snapshot: Snapshot) -> bool:
        """Whether just this one is; `_swap` lets it go before any name leads to the one that comes after it."""
        return self._by_id.get(snapshot.address.id) is snapshot

    def replace(self, snapshots: Iterable[Snapshot], *, confirmed: bool) -> None:
        """Serve exactly these environments; `confirmed` when the database said so just now.

        An environment that is served at a later revision of the same history, or from a later history, keeps that one,
        and an empty list changes nothing.
        """
        with self._writing:
            fresh = {snapshot.address.id: self._newer(snapshot) for snapshot in snapshots}
            if fresh:
                self._swap(fresh)
        if confirmed and fresh:
            self._confirmed_at = time.monotonic()

    def put(self, snapshot: Snapshot) -> None:
        """Serve this snapshot of an environment unless a later one is served."""
        with self._writing:
            self._swap({**self._by_id, snapshot.address.id: self._newer(snapshot)})

    def source(self, environment_id: str) -> str:
        """Where the documents came from that are served: database, redis or disk."""
        return self.sources.get(environment_id, "database")

    def unconfirmed_for(self) -> float:
        """Seconds since the database last confirmed what is served; infinite when it never did."""
        return float("inf") if self._confirmed_at is None else time.monotonic() - self._confirmed_at

    def forget_seen(self) -> None:
        """Note attributes anew, those of questions whose answers were kept as well."""
        self.seen = SeenAttributes()
        self.again = Again()

    def _newer(self, snapshot: Snapshot) -> Snapshot:
        standing = self._by_id.get(snapshot.address.id)
        if standing is None or (standing.epoch, standing.revision) <= (snapshot.epoch, snapshot.revision):
            return snapshot
        return standing

    def _swap(self, by_id: Mapping[str, Snapshot]) -> None:
        names: dict[tuple[str, str], Snapshot] = {}
        for snapshot in by_id.values():
            address = snapshot.address
            names[address.project, address.id] = snapshot
            names.setdefault((address.project, address.name.lower()), snapshot)
        names.update({(s.address.project, s.address.key): s for s in by_id.values()})
        keys = {key_hash: snapshot for snapshot in by_id.values() for key_hash in snapshot.address.keys}
        is_same = by_id.keys() == self._by_id.keys() and all(by_id[at] is self._by_id[at] for at in by_id)
        self._by_id, self._by_name, self._by_key = by_id, names, keys
        self._keys = {key_hash: key for snapshot in by_id.values() for key_hash, key in snapshot.address.keys.items()}
        self._know([snapshot.address for snapshot in by_id.values()])
        if not is_same:  # last: whoever finds it empty finds what is served now
            self.again = Again()
        self.usage.follow(by_id)
        self.experiment_usage.follow(by_id)
        self.is_ready = True
        for tell in tuple(self.watchers):
            tell()

    def _know(self, addresses: list[Address]) -> None:
        """Edits of flags leave addresses as they are, so that an installation with many keys does not count them."""
        if addresses != self._addresses:
            self._addresses, self.callers = addresses, callers_of(addresses)
