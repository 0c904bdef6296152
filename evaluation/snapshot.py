"""Everything that evaluation reads in one environment at one revision, and the bytes it travels and rests as.

The bytes: a line of JSON `{"format": 2, "environment": {…}, "revision": 7, "size": …, "sha256": "…"}`, then the body of
that size: `{"flag": {…}, "audience": {…}}`, the documents of each kind by key. The body of format 1, which an earlier
release left on disk or in Redis, is the flags' object alone.
"""

import hashlib
import logging
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from flagkit.engine import Audience, BrokenDocument, Outcome, Ruleset, compile_audience
from flagkit.engine.compiled import parsed
from flags.kinds import AUDIENCE, FLAG, Name

logger = logging.getLogger(__name__)

FORMAT = 2


class BadSnapshot(ValueError):
    """The bytes are not a whole, untouched snapshot of a format that is known here."""


@dataclass(frozen=True, slots=True)
class Address:
    """The environment of a snapshot, and who may ask it: `keys` maps the hash of an API key to its kind."""

    id: str
    project: str
    key: str
    name: str
    allows_keyless: bool
    keys: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Snapshot:
    """One environment at one revision; 0 is an environment that was never published. Never changed, only replaced."""

    address: Address
    revision: int = 0
    texts: Mapping[Name, str] = field(default_factory=dict)
    ruleset: Ruleset = field(default_factory=Ruleset)
    # What doors prepared for an outcome, by its id; the outcome stands beside it, so that no other one gets that id.
    fragments: dict[int, tuple[Outcome, Any]] = field(default_factory=dict)

    def advanced(self, revision: int, changes: Mapping[Name, str | None]) -> "Snapshot":
        """The snapshot at a later revision: what changed is compiled when it is first asked for, the rest is shared.

        A flag whose document is broken answers ERROR and poisons nothing but itself.
        """
        texts = {**self.texts, **changes}
        flags = {key: text for (kind, key), text in changes.items() if kind == FLAG}
        ruleset = self.ruleset.changed(
            {key: text for key, text in flags.items() if text is not None},
            [key for key, text in flags.items() if text is None],
            {key: _compiled_audience(key, text) for (kind, key), text in changes.items() if kind == AUDIENCE},
        )
        kept = {name: text for name, text in texts.items() if text is not None}
        return Snapshot(self.address, revision, kept, ruleset)

    def moved(self, address: Address) -> "Snapshot":
        """The same configuration under an address that was edited."""
        return Snapshot(address, self.revision, self.texts, self.ruleset, self.fragments)


def to_bytes(snapshot: Snapshot) -> bytes:
    body = b"{%s}" % b",".join(b'"%s":%s' % (kind.encode(), _object(snapshot, kind)) for kind in (FLAG, AUDIENCE))
    header = {
        "format": FORMAT,
        "environment": asdict(snapshot.address),
        "revision": snapshot.revision,
        "size": len(body),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    return orjson.dumps(header) + b"\n" + body


def from_bytes(data: bytes) -> Snapshot:
    """The snapshot that these bytes hold. Raises BadSnapshot for anything cut, changed or unknown."""
    try:
        head, _, body = data.partition(b"\n")
        header = orjson.loads(head)
        if header["format"] not in (1, FORMAT):
            raise BadSnapshot(f"format {header['format']} is not known")
        if header["size"] != len(body) or header["sha256"] != hashlib.sha256(body).hexdigest():
            raise BadSnapshot("size or checksum do not match")
        documents = orjson.loads(body)
        kinds = {FLAG: documents} if header["format"] == 1 else {kind: documents[kind] for kind in (FLAG, AUDIENCE)}
        texts = {(kind, key): orjson.dumps(each).decode() for kind in kinds for key, each in kinds[kind].items()}
        return Snapshot(Address(**header["environment"])).advanced(int(header["revision"]), texts)
    except (KeyError, TypeError, AttributeError, orjson.JSONDecodeError) as error:
        raise BadSnapshot(f"not a snapshot: {error!r}") from error


def _object(snapshot: Snapshot, wanted: str) -> bytes:
    """The documents of one kind as JSON, by key."""
    texts = sorted((key, text) for (kind, key), text in snapshot.texts.items() if kind == wanted)
    return b"{%s}" % b",".join(orjson.dumps(key) + b":" + text.encode() for key, text in texts)


def _compiled_audience(key: str, text: str | None) -> Audience | None:
    """The audience; None where it was taken away, or is broken: then nobody is in it, and nothing else suffers."""
    try:
        return None if text is None else compile_audience(parsed(text))
    except BrokenDocument as error:
        logger.warning("audience %s is left out: %s", key, error)
        return None
