"""Everything that evaluation reads in one environment at one revision, and the bytes it travels and rests as.

The bytes: a line of JSON `{"format": 3, "environment": {…}, "revision": 7, "epoch": …, "mark": …, "size": …,
"sha256": "…", "seal": "…"}`, then the body of that size: `{"flag": {…}, "audience": {…}, "experiment": {…}}`, the
documents of each kind by key. `sha256` is the body's, `seal` that of the header before it was added. Earlier releases
left other formats on disk or in Redis: 2 knows no experiments, the body of 1 is the flags' object alone; releases
before epochs wrote neither epoch, mark nor seal. They read the kind of each key in `environment`, which is why that
stays there beside `keys`, the list of everything known of them.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any

import orjson

from evaluation.flag_set import FlagSet
from evaluation.known_keys import CLIENT, KnownKey, keys_of_kinds, known_keys
from evaluation.recent import Recent
from evaluation.running import Running
from flagkit.engine import Audience, BrokenDocument, Outcome, Ruleset, compile_audience
from flagkit.engine.compiled import parsed
from flagkit.engine.experiments import KIND as EXPERIMENT
from flags.kinds import AUDIENCE, FLAG, Name

logger = logging.getLogger(__name__)

Position = tuple[int, int]  # epoch and revision: later ones are greater

KINDS = (FLAG, AUDIENCE, EXPERIMENT)
FORMAT = len(KINDS)  # each format has added a kind


class BadSnapshot(ValueError):
    """The bytes are not a whole, untouched snapshot of a format that is known here: `reason` in one word."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Address:
    """The environment of a snapshot, and who may ask it: `keys` holds its API keys by their hashes."""

    id: str
    project: str
    key: str
    name: str
    allows_keyless: bool
    keys: Mapping[str, KnownKey] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, weakref_slot=True)
class Snapshot:
    """One environment at one revision; 0 is an environment that was never published. Never changed, only replaced."""

    address: Address
    revision: int = 0
    texts: Mapping[Name, str] = field(default_factory=dict)
    ruleset: Ruleset = field(default_factory=Ruleset)
    running: Running = field(default_factory=Running)
    # What doors prepared for an outcome, by its id; the outcome stands beside it, so that no other one gets that id.
    fragments: dict[int, tuple[Outcome, Any]] = field(default_factory=dict)
    flag_sets: dict[str, FlagSet] = field(default_factory=dict)  # by kind of key
    recent: Recent = field(default_factory=Recent)
    epoch: int = 0  # which history of the environment this is; a later one goes before any revision of an earlier one
    mark: int = 0  # when the database wrote this revision, in microseconds since 1970; 0: not known
    client_visible: frozenset[str] = frozenset()  # the keys of flags that client keys may ask for

    @property
    def position(self) -> Position:
        return self.epoch, self.revision

    def shows(self, flag: str, key: KnownKey | None) -> bool:
        """Whether a caller with this key, or without one, may ask for the flag; not whether there is one."""
        return key is None or key.kind != CLIENT or flag in self.client_visible

    def shown_to(self, key: KnownKey | None) -> frozenset[str] | None:
        """The flags that a caller with this key, or without one, may ask for; None: all of them."""
        return self.client_visible if key is not None and key.kind == CLIENT else None

    def flag_set(self, key: KnownKey | None) -> FlagSet:
        """All that a caller with this key, or without one, may ask for."""
        return self._flag_set("" if key is None else key.kind)

    def prepare_as(self, earlier: "Snapshot") -> None:
        """Make ready for what the earlier snapshot was asked for, in the thread that calls and not in a door."""
        for kind, asked in tuple(earlier.flag_sets.items()):
            self._flag_set(kind).prepare_as(asked)

    def advanced(self, revision: int, changes: Mapping[Name, str | None]) -> "Snapshot":
        """The snapshot at a later revision: what changed is compiled when it is first asked for, the rest is shared.

        A flag whose document is broken answers ERROR and poisons nothing but itself.
        """
        flags = {key: text for (kind, key), text in changes.items() if kind == FLAG}
        ruleset = self.ruleset.changed(
            {key: text for key, text in flags.items() if text is not None},
            [key for key, text in flags.items() if text is None],
            {key: _compiled_audience(key, text) for (kind, key), text in changes.items() if kind == AUDIENCE},
        )
        kept, running = _merged(self.texts, changes), self.running
        if any(kind != FLAG for kind, _ in changes):
            experiments = {key: kept[kind, key] for kind, key in kept if kind == EXPERIMENT}
            running = running.changed(experiments, ruleset.audiences)
        recent = self.recent.grown(self.revision, revision, changes)
        visible = self.client_visible.difference(flags).union(key for key in flags if _is_client_visible(flags[key]))
        return Snapshot(
            self.address, revision, kept, ruleset, running, recent=recent, epoch=self.epoch, client_visible=visible
        )

    def moved(self, address: Address) -> "Snapshot":
        """The same configuration under an address that was edited."""
        return replace(self, address=address)

    def placed(self, epoch: int, mark: int) -> "Snapshot":
        """The same configuration as the database places it in its history."""
        return replace(self, epoch=epoch, mark=mark)

    def _flag_set(self, kind: str) -> FlagSet:
        found = self.flag_sets.get(kind)
        if found is None:
            shown = self.client_visible if kind == CLIENT else None
            found = self.flag_sets.setdefault(kind, FlagSet(self.ruleset, self.running, shown))
        return found


def to_bytes(snapshot: Snapshot) -> bytes:
    body = b"{%s}" % b",".join(b'"%s":%s' % (kind.encode(), _object(snapshot, kind)) for kind in KINDS)
    keys = snapshot.address.keys.values()
    header = {
        "format": FORMAT,
        "environment": {**asdict(snapshot.address), "keys": {key.hash: key.kind for key in keys}},
        "keys": [asdict(key) for key in keys],
        "revision": snapshot.revision,
        "epoch": snapshot.epoch,
        "mark": snapshot.mark,
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return orjson.dumps({**header, "seal": _seal(header)}) + b"\n" + body


def from_bytes(data: bytes) -> Snapshot:
    """The snapshot that these bytes hold. Raises BadSnapshot for anything cut, changed or unknown."""
    try:
        head, _, body = data.partition(b"\n")
        header = orjson.loads(head)
        seal, known = header.pop("seal", None), header["format"]
        if known not in range(1, FORMAT + 1):
            raise BadSnapshot(f"format {header['format']} is not known", "format")
        if seal not in (None, _seal(header)):
            raise BadSnapshot("the header was changed", "checksum")
        if header["size"] != len(body) or header["sha256"] != hashlib.sha256(body).hexdigest():
            raise BadSnapshot("size or checksum do not match", "checksum")
        documents = orjson.loads(body)
        kinds = {FLAG: documents} if known == 1 else {kind: documents[kind] for kind in KINDS[:known]}
        texts = {(kind, key): orjson.dumps(each).decode() for kind in kinds for key, each in kinds[kind].items()}
        snapshot = Snapshot(_address(header)).advanced(int(header["revision"]), texts)
        return snapshot.placed(int(header.get("epoch", 0)), int(header.get("mark", 0)))
    except BadSnapshot:
        raise
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BadSnapshot(f"not a snapshot: {error!r}", "form") from error


def _address(header: Mapping[str, Any]) -> Address:
    told, kinds = header.get("keys"), header["environment"]["keys"]
    keys = keys_of_kinds(kinds) if told is None else known_keys(told)
    return Address(**{**header["environment"], "keys": keys})


def _seal(header: Mapping[str, Any]) -> str:
    return hashlib.sha256(orjson.dumps(header)).hexdigest()


def _merged(texts: Mapping[Name, str], changes: Mapping[Name, str | None]) -> Mapping[Name, str]:
    """The texts with what changed; copied as a whole, so that ten thousand unchanged ones cost no loop."""
    merged = dict(texts)
    for name, text in changes.items():
        if text is None:
            merged.pop(name, None)
        else:
            merged[name] = text
    return merged


def _object(snapshot: Snapshot, wanted: str) -> bytes:
    """The documents of one kind as JSON, by key."""
    texts = sorted((key, text) for (kind, key), text in snapshot.texts.items() if kind == wanted)
    return b"{%s}" % b",".join(orjson.dumps(key) + b":" + text.encode() for key, text in texts)


def _is_client_visible(text: str | None) -> bool:
    """Read out of the few documents that have the word in them: parsing ten thousand takes its time."""
    if text is None or '"client_visible"' not in text:
        return False
    try:
        return parsed(text).get("client_visible") is True
    except BrokenDocument:
        return False


def _compiled_audience(key: str, text: str | None) -> Audience | None:
    """The audience; None where it was taken away, or is broken: then nobody is in it, and nothing else suffers."""
    try:
        return None if text is None else compile_audience(parsed(text))
    except BrokenDocument as error:
        logger.warning("audience %s is left out: %s", key, error)
        return None
