"""Everything that evaluation reads in one environment at one revision, and the bytes it travels and rests as.

The bytes: a line of JSON `{"format": 1, "environment": {…}, "revision": 7, "size": …, "sha256": "…"}`, then the body of
that size: a JSON object of flag documents by key.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

import orjson

from flagkit.engine import Ruleset
from flagkit.engine.compiling import BrokenDocument, broken_flag, compile_flag
from flagkit.engine.ruleset import CompiledFlag

FORMAT = 1


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
    texts: Mapping[str, str] = field(default_factory=dict)
    ruleset: Ruleset = field(default_factory=lambda: Ruleset({}))
    fragments: dict[int, Any] = field(default_factory=dict)  # what doors prepared for an outcome, by its id

    def advanced(self, revision: int, changes: Mapping[str, str | None]) -> "Snapshot":
        """The snapshot at a later revision: only the flags that changed are compiled, the rest is shared."""
        texts = {**self.texts, **{key: text for key, text in changes.items() if text is not None}}
        removed = [key for key, text in changes.items() if text is None]
        for key in removed:
            texts.pop(key, None)
        compiled = {key: _compiled(key, text) for key, text in changes.items() if text is not None}
        return Snapshot(self.address, revision, texts, self.ruleset.changed(compiled, removed))

    def moved(self, address: Address) -> "Snapshot":
        """The same configuration under an address that was edited."""
        return Snapshot(address, self.revision, self.texts, self.ruleset, self.fragments)


def to_bytes(snapshot: Snapshot) -> bytes:
    body = b"{%s}" % b",".join(orjson.dumps(key) + b":" + text.encode() for key, text in sorted(snapshot.texts.items()))
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
        if header["format"] != FORMAT:
            raise BadSnapshot(f"format {header['format']} is not known")
        if header["size"] != len(body) or header["sha256"] != hashlib.sha256(body).hexdigest():
            raise BadSnapshot("size or checksum do not match")
        texts = {key: orjson.dumps(document).decode() for key, document in orjson.loads(body).items()}
        return Snapshot(Address(**header["environment"])).advanced(int(header["revision"]), texts)
    except (KeyError, TypeError, AttributeError, orjson.JSONDecodeError) as error:
        raise BadSnapshot(f"not a snapshot: {error!r}") from error


def _compiled(key: str, text: str) -> CompiledFlag:
    """The flag, or one that answers ERROR when its document is broken: it poisons nothing but itself."""
    try:
        return compile_flag(orjson.loads(text))
    except orjson.JSONDecodeError:
        return broken_flag(key, "the document is not JSON")
    except BrokenDocument as error:
        return broken_flag(key, str(error))
